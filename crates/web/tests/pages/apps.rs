//! Connect Apps and its failures.

use std::collections::HashSet;

use rooms_views::apps::{AppsDone, ConnectFailure, EndedBy, PERMITS, Permit, ZoomState};

use crate::samples::apps as samples;
use crate::{html, posts};

#[test]
fn before_connecting_each_permission_is_named_with_its_reason() {
    let page = html(&samples::apps(ZoomState::NotConnected));
    for permit in PERMITS {
        assert!(page.contains(permit.scope), "{}", permit.scope);
        assert!(
            page.contains(permit.words) && page.contains(permit.why),
            "{}",
            permit.scope
        );
    }
    assert!(page.contains("action=\"/settings/apps/zoom/connection\""));
    assert!(!page.contains("/settings/apps/zoom/disconnection"));
}

#[test]
fn the_permissions_are_the_six_of_the_app() {
    let scopes: Vec<&str> = PERMITS.iter().map(|permit| permit.scope).collect();
    assert_eq!(
        scopes,
        [
            "user:read:user",
            "meeting:write:meeting",
            "meeting:read:meeting",
            "meeting:update:meeting",
            "meeting:delete:meeting",
            "meeting:read:list_meetings"
        ]
    );
    assert!(Permit::of("meeting:read:summary").is_none());
}

#[test]
fn a_connection_in_use_carries_the_form_that_ends_it() {
    let page = html(&samples::apps(samples::connected(3)));
    let form = posts(&page)
        .into_iter()
        .find(|form| form.contains("zoom/disconnection"))
        .unwrap();
    assert!(form.contains("name=\"connection_id\" value=\"con_1\""));
    assert!(form.contains("Your 3 upcoming bookings keep their links."));
    assert!(page.contains("Last used 10:12."));
    let another = page.split("id=\"another\"").nth(1).unwrap();
    assert!(another.contains("Connect another account"));
    assert!(another.contains("action=\"/settings/apps/zoom/connection\""));
}

#[test]
fn without_upcoming_links_nothing_is_said_of_them() {
    let page = html(&samples::apps(samples::connected(0)));
    assert!(page.contains("/settings/apps/zoom/disconnection"));
    assert!(!page.contains("keep"));
}

#[test]
fn each_of_several_accounts_has_its_own_forms_and_one_is_the_default() {
    let page = html(&samples::apps(samples::several()));
    assert_eq!(page.matches("</svg>Default").count(), 1);
    assert!(page.contains("Needs attention"));
    let forms = posts(&page);
    for id in ["con_1", "con_2", "con_3"] {
        let end = format!("name=\"connection_id\" value=\"{id}\"");
        assert_eq!(forms.iter().filter(|form| form.contains(&end)).count(), 1);
        assert!(page.contains(&format!("/settings/apps/zoom/connections/{id}/name")));
    }
    let posted = |what: &str| page.contains(&format!("/settings/apps/zoom/connections/{what}"));
    assert!(posted("con_2/preference") && !posted("con_1/preference"));
    assert!(posted("con_1/offer") && posted("con_2/withdrawal") && !posted("con_2/offer"));
    assert!(page.contains("You, and colleagues without Zoom"));
}

#[test]
fn an_ended_connection_says_when_and_by_whom() {
    for (by, words) in [
        (EndedBy::User, "Disconnected by you"),
        (EndedBy::Zoom, "Removed in Zoom"),
        (EndedBy::System, "Ended by us"),
    ] {
        let page = html(&samples::apps(samples::inactive(by)));
        assert!(page.contains("Inactive"));
        assert!(page.contains(words));
        assert!(page.contains("23 November 2026 at 17:52"));
        assert!(page.contains("Connect again"));
    }
}

#[test]
fn needing_attention_names_the_reason_and_offers_to_connect() {
    let page = html(&samples::apps(samples::attention(
        "Jonas connected the same Zoom account.",
    )));
    assert!(page.contains("Jonas connected the same Zoom account."));
    assert!(page.contains("2 bookings wait"));
    assert!(page.contains("action=\"/settings/apps/zoom/connection\""));
}

#[test]
fn without_the_permission_there_is_a_reason_and_nobody_can_connect() {
    for zoom in [samples::not_permitted(), ZoomState::NotConfigured] {
        let page = html(&samples::apps(zoom));
        assert!(!page.contains("/settings/apps/zoom/connection"));
        assert!(page.contains("Whom to ask"));
    }
    assert!(html(&samples::apps(samples::not_permitted())).contains("Leila Haddad"));
}

#[test]
fn what_was_just_done_is_said_once_on_connect_apps() {
    let mut page = samples::apps(samples::inactive(EndedBy::User));
    assert!(!html(&page).contains("handed our access back"));
    page.done = AppsDone::Disconnected;
    assert!(html(&page).contains("handed our access back"));
}

#[test]
fn each_failure_has_cause_way_out_somebody_to_ask_and_a_reference() {
    let mut titles = HashSet::new();
    for (name, failure) in samples::failures() {
        let page = html(&samples::failed(failure.clone()));
        for part in ["What happened", "What to try", "Whom to ask", "0196b2-7fae"] {
            assert!(page.contains(part), "{name}: {part}");
        }
        let connects = page.contains("action=\"/settings/apps/zoom/connection\"");
        assert_eq!(connects, failure.again_helps(), "{name}");
        assert!(titles.insert(failure.title()), "{name}");
    }
}

#[test]
fn left_out_permissions_are_named() {
    let missing = ConnectFailure::ScopesMissing(vec!["meeting:delete:meeting".into()]);
    let page = html(&samples::failed(missing));
    let named = page
        .split("deselected")
        .nth(1)
        .unwrap()
        .split("</ul>")
        .next()
        .unwrap();
    assert!(named.contains("meeting:delete:meeting") && named.contains("Delete that meeting"));
    assert!(!named.contains("meeting:write:meeting"));
}

#[test]
fn the_administrator_gets_a_text_with_our_address() {
    let page = html(&samples::failed(ConnectFailure::NotApproved));
    assert!(page.contains("class=\"letter\""));
    assert!(page.contains("https://rooms.halden.example/zoom/guide"));
}

#[test]
fn a_start_in_the_marketplace_waits_for_a_click() {
    let page = html(&samples::marketplace(true));
    assert!(page.contains("Connect Zoom Meeting"));
    assert!(!page.contains("http-equiv"));
    let stranger = html(&samples::marketplace(false));
    assert!(!stranger.contains("/settings/apps/zoom/connection"));
    assert!(stranger.contains("href=\"/sign-in?next=/settings/apps\""));
}
