//! The pages of sign-in, settings, administration and documents, rendered with sample data.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_imports,
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    clippy::allow_attributes
)]

#[path = "pages/samples.rs"]
mod samples;

use std::collections::HashSet;
use std::path::Path;

use askama::Template;
use rooms_web::views::admin::{ConnectRule, HoursKind, PersonState};
use rooms_web::views::apps::{
    AppsDone, AttentionReason, ConnectFailure, EndedBy, PERMITS, Permit, ZoomState,
};
use rooms_web::views::invitation::InvitationEnd;
use rooms_web::views::parts::Problems;
use rooms_web::views::settings::YouSaved;
use rooms_web::views::sign_in::SignInNotice;

use samples::SHARP;

/// The values of an attribute in a page, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(start.as_str())
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// The forms of a page that change something.
fn posts(page: &str) -> Vec<&str> {
    page.split("<form")
        .skip(1)
        .filter_map(|rest| rest.split("</form>").next())
        .filter(|form| form.contains("method=\"post\""))
        .collect()
}

fn html(page: &impl Template) -> String {
    page.render().unwrap()
}

#[test]
fn samples_are_written_where_a_browser_and_a_checker_find_them() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, page) in samples::all() {
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
    assert!(folder.join("apps-connected.html").is_file());
}

#[test]
fn every_form_that_changes_something_carries_the_token() {
    for (name, page) in samples::all() {
        for form in posts(&page) {
            assert_eq!(
                form.matches("name=\"csrf\" value=\"csrf-token-1\"").count(),
                1,
                "{name}"
            );
        }
    }
}

#[test]
fn what_people_typed_stays_text() {
    for (name, page) in samples::all() {
        assert!(!page.contains(SHARP) && !page.contains("<b>"), "{name}");
        assert!(!page.contains("<script>"), "{name}");
    }
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    for (name, page) in samples::all() {
        let ids = values(&page, "id");
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(known.len(), ids.len(), "{name}: {ids:?}");
        let labels = values(&page, "for");
        let described = values(&page, "aria-describedby");
        let labelled = values(&page, "aria-labelledby");
        for list in [labels, described, labelled] {
            for id in list.iter().flat_map(|value| value.split(' ')) {
                assert!(known.contains(id), "{name}: nothing has the id {id}");
            }
        }
        for anchor in values(&page, "href")
            .iter()
            .filter_map(|href| href.strip_prefix('#'))
        {
            assert!(
                known.contains(anchor),
                "{name}: nothing has the id {anchor}"
            );
        }
    }
}

#[test]
fn headings_begin_at_one_and_skip_no_level() {
    for (name, page) in samples::all() {
        let levels: Vec<usize> = page
            .split("<h")
            .skip(1)
            .filter_map(|rest| rest.chars().next()?.to_digit(10))
            .map(|level| level as usize)
            .collect();
        assert_eq!(
            levels.iter().filter(|&&level| level == 1).count(),
            1,
            "{name}"
        );
        let mut before = 0;
        for level in levels {
            assert!(level <= before + 1, "{name}: from {before} to {level}");
            before = level;
        }
    }
}

#[test]
fn every_page_has_at_most_one_filled_button_of_its_own() {
    for (name, page) in samples::all() {
        assert!(page.matches("button main").count() <= 1, "{name}");
    }
}

#[test]
fn nothing_is_styled_or_scripted_inline() {
    for (name, page) in samples::all() {
        assert!(!page.contains(" style="), "{name}");
        assert!(!page.contains(" onclick="), "{name}");
        assert!(!page.contains("{{") && !page.contains("{%"), "{name}");
    }
}

#[test]
fn wrong_credentials_keep_the_address_and_the_destination() {
    let page = html(&samples::sign_in(SignInNotice::WrongCredentials));
    assert!(page.contains("name=\"email\" type=\"email\""));
    assert!(page.contains("value=\"mara.lindqvist@halden.example\""));
    assert!(page.contains("name=\"next\" value=\"/bookings/bk_1?a=1&#38;b=2\""));
    assert!(page.contains("do not go together"));
}

#[test]
fn too_many_attempts_say_when_to_try_again() {
    let page = html(&samples::sign_in(SignInNotice::RateLimited {
        try_again: "at 10:31".into(),
    }));
    assert!(page.contains("Try again at 10:31."));
}

#[test]
fn an_ended_session_names_where_it_goes_on() {
    let page = html(&samples::sign_in(SignInNotice::Expired));
    assert!(page.contains("Your session has ended."));
    assert!(page.contains("Coating review, Tuesday 14:00"));
}

#[test]
fn set_up_returns_everything_but_the_password() {
    let page = html(&samples::set_up(
        Problems::none().with("code", "Not this code."),
    ));
    assert!(page.contains("value=\"Leila Haddad\""));
    assert!(page.contains("href=\"#code\""));
    assert!(page.contains("id=\"code-wrong\""));
    assert!(!page.contains("type=\"password\" value"));
}

#[test]
fn an_invitation_that_ended_says_how_and_whom_to_ask() {
    for (ended, words) in [
        (InvitationEnd::Expired, "too old"),
        (InvitationEnd::Used, "has been used"),
        (InvitationEnd::Unknown, "leads nowhere"),
    ] {
        let page = html(&samples::invitation_ended(ended));
        assert!(page.contains(words));
        assert!(page.contains("mailto:leila.haddad@halden.example"));
    }
}

#[test]
fn a_changed_password_says_what_became_of_other_devices() {
    let mut you = samples::you();
    assert!(!html(&you).contains("Your other devices are signed out"));
    you.saved = YouSaved::Password;
    assert!(html(&you).contains("Your other devices are signed out"));
}

#[test]
fn this_device_is_marked_and_cannot_be_signed_out_alone() {
    let page = html(&samples::devices());
    assert!(page.contains("This device"));
    assert!(page.contains("action=\"/settings/devices/ses_2/removal\""));
    assert!(!page.contains("action=\"/settings/devices/ses_1/removal\""));
    assert!(page.contains("action=\"/settings/devices/removal\""));
}

#[test]
fn a_token_is_shown_once_and_each_can_be_revoked() {
    let page = html(&samples::tokens(true));
    assert_eq!(page.matches("<code id=\"token\">ocr_4GkQ2").count(), 1);
    assert!(page.contains("action=\"/settings/tokens/tok_1/revocation\""));
    assert!(html(&samples::tokens(false)).contains("No token yet"));
}

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
    assert!(form.contains("name=\"links\" value=\"keep\" checked"));
    assert!(form.contains("name=\"links\" value=\"remove\""));
    assert!(page.contains("Last used 10:12."));
}

#[test]
fn without_upcoming_links_there_is_nothing_to_choose() {
    let page = html(&samples::apps(samples::connected(0)));
    assert!(page.contains("/settings/apps/zoom/disconnection"));
    assert!(!page.contains("name=\"links\""));
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
        AttentionReason::ConnectedElsewhere,
    )));
    assert!(page.contains("connected a second time"));
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

#[test]
fn rooms_show_exceptions_and_keep_the_ordinary_quiet() {
    let page = html(&samples::rooms(false));
    assert!(page.contains("state warn") && page.contains("Closed until Thu"));
    assert!(page.contains("state off"));
    assert!(html(&samples::rooms(true)).contains("No room yet"));
}

#[test]
fn a_room_keeps_what_was_typed_and_marks_the_wrong_field() {
    let problems = Problems::none().with("mon_until", "The end comes before the beginning.");
    let page = html(&samples::room(HoursKind::ByDay, true, problems));
    assert!(page.contains("id=\"hours-by-day\" name=\"hours\" value=\"by-day\" checked"));
    assert!(page.contains("aria-label=\"Monday until\" aria-invalid=\"true\""));
    assert!(page.contains("name=\"version\" value=\"7\""));
    assert!(page.contains("3 upcoming bookings stay"));
}

#[test]
fn the_last_site_cannot_be_retired() {
    assert!(html(&samples::site(false)).contains("/admin/sites/st_1/retirement"));
    let last = html(&samples::site(true));
    assert!(!last.contains("/retirement"));
    assert!(last.contains("is the only site"));
}

#[test]
fn an_invitation_without_mail_shows_its_link_once() {
    let page = html(&samples::people());
    assert!(page.contains("https://rooms.halden.example/invitation/"));
    assert!(page.contains("That address is in use here already."));
}

#[test]
fn deactivating_lists_the_bookings_that_need_somebody_new() {
    let page = html(&samples::person(PersonState::Active));
    assert!(page.contains("action=\"/admin/people/p_1/deactivation\""));
    assert!(page.contains("Porto weekly"));
    let gone = html(&samples::person(PersonState::Deactivated));
    assert!(gone.contains("Left behind"));
    assert!(!gone.contains("/deactivation"));
}

#[test]
fn the_permission_of_one_person_counts_only_under_the_rule_for_chosen_people() {
    let mut page = samples::person(PersonState::Active);
    assert!(!html(&page).contains("value=\"yes\" checked disabled"));
    page.rule = ConnectRule::Admins;
    assert!(html(&page).contains("value=\"yes\" checked disabled"));
}

#[test]
fn a_stricter_company_says_how_many_connections_end() {
    let page = html(&samples::company());
    assert!(page.contains("Ends the connection of 1 person."));
    assert!(page.contains("Ends the connections of 3 people."));
}

#[test]
fn dead_jobs_can_be_tried_again() {
    let page = html(&samples::health(true));
    assert!(page.contains("action=\"/admin/jobs/job_1/retry\""));
    assert!(page.contains("tried 12 times"));
    assert!(html(&samples::health(false)).contains("Nothing needs you."));
}

#[test]
fn documents_name_every_scope_and_the_support_address() {
    for page in [html(&samples::guide()), html(&samples::test_plan())] {
        for permit in PERMITS {
            assert!(page.contains(permit.scope), "{}", permit.scope);
        }
    }
    for page in [html(&samples::privacy()), html(&samples::terms())] {
        assert!(page.matches("rooms@halden.example").count() >= 2);
    }
}

#[test]
fn the_test_plan_has_the_seven_cases_with_steps_and_result() {
    let page = html(&samples::test_plan());
    for words in [
        "Authorize",
        "Deny",
        "Create",
        "Change",
        "Cancel",
        "Disconnect",
        "De-authorize",
    ] {
        assert!(page.contains(&format!(". {words}")), "{words}");
    }
    assert_eq!(
        page.matches("class=\"case\"").count(),
        page.matches("class=\"expect\"").count()
    );
}

#[test]
fn error_pages_show_their_code_and_a_way_on() {
    for (name, kind) in samples::errors() {
        let page = html(&samples::error(kind.clone()));
        assert!(page.contains(&format!(">{}</p>", kind.status())), "{name}");
        assert!(
            page.contains("What to try") && page.contains("button main"),
            "{name}"
        );
    }
}
