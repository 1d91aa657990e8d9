//! Pages to read, and error pages.

use askama::Template;
use rooms_views::documents::{GuidePage, PrivacyPage, TermsPage, TestPlanPage};
use rooms_views::error::{ErrorKind, ErrorPage};
use rooms_views::layout::Nav;

use super::{Pages, layout, open, s};

pub(crate) fn guide() -> GuidePage {
    GuidePage {
        layout: open("Zoom guide"),
    }
}

pub(crate) fn test_plan() -> TestPlanPage {
    TestPlanPage {
        layout: open("Zoom test plan"),
        public_url: s("https://rooms.halden.example"),
        zoom_oauth_url: s("https://zoom.us"),
    }
}

pub(crate) fn privacy() -> PrivacyPage {
    PrivacyPage {
        layout: open("Privacy"),
        public_url: s("https://rooms.halden.example"),
    }
}

pub(crate) fn terms() -> TermsPage {
    TermsPage {
        layout: open("Terms"),
    }
}

pub(crate) fn errors() -> Vec<(&'static str, ErrorKind)> {
    vec![
        (
            "forbidden",
            ErrorKind::Forbidden {
                why: s("Only admins of Halden Optics change rooms."),
            },
        ),
        (
            "form-expired",
            ErrorKind::FormExpired {
                back_href: s("/bookings/new?title=%22a%22&end=11:00"),
            },
        ),
        ("not-found", ErrorKind::NotFound),
        ("method", ErrorKind::MethodNotAllowed),
        ("too-large", ErrorKind::TooLarge),
        (
            "too-many",
            ErrorKind::TooMany {
                try_again: s("in 40 seconds"),
            },
        ),
        ("internal", ErrorKind::Internal),
        ("unavailable", ErrorKind::Unavailable),
    ]
}

pub(crate) fn error(kind: ErrorKind) -> ErrorPage {
    ErrorPage {
        layout: layout(kind.title(), Nav::None),
        kind,
        reference: s("0196b2-7fae"),
    }
}

/// Each of them in each state.
pub(crate) fn all(pages: &mut Pages) {
    pages.add("guide", &|| guide().render());
    pages.add("test-plan", &|| test_plan().render());
    pages.add("privacy", &|| privacy().render());
    pages.add("terms", &|| terms().render());
    for (name, kind) in errors() {
        pages.add(&format!("error-{name}"), &|| error(kind.clone()).render());
    }
}
