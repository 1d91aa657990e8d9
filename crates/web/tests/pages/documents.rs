//! Pages to read, and error pages.

use rooms_views::apps::PERMITS;

use crate::html;
use crate::samples::documents as samples;

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
