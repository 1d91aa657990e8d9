//! Profile, devices, tokens.

use askama::Template;
use rooms_core::meeting::Promise;
use rooms_views::layout::Nav;
use rooms_views::parts::Problems;
use rooms_views::security::{CodeAppPage, CodesPage, PasskeyRow, ProofPage, Qr, SecurityPage};
use rooms_views::settings::{
    ApiToken, Device, DevicesPage, IssuedToken, OwnPromisePage, TokensPage, YouPage, YouSaved,
};

use super::{Pages, SHARP, autumn, layout, s, today};

pub(crate) fn you() -> YouPage {
    YouPage {
        layout: layout("You", Nav::Settings),
        name: s(SHARP),
        email: s("mara.lindqvist@halden.example"),
        role: s("Officer"),
        company: s("Halden Optics"),
        saved: YouSaved::Nothing,
        problems: Problems::none(),
    }
}

pub(crate) fn promise(follows: bool) -> OwnPromisePage {
    OwnPromisePage {
        layout: layout("Zoom meetings", Nav::Settings),
        follows,
        promise: Promise::default(),
        company_words: s("With a waiting room, a passcode, closed until the host is there."),
        saved: !follows,
    }
}

pub(crate) fn devices() -> DevicesPage {
    let device = |id: &str, name: &str, current| Device {
        id: s(id),
        name: s(name),
        signed_in: autumn(),
        last_seen: today(),
        current,
    };
    DevicesPage {
        layout: layout("Devices", Nav::Settings),
        devices: vec![
            device("ses_1", "Firefox on Linux", true),
            device("ses_2", "Safari on iPhone", false),
        ],
        done: "That device is signed out.",
    }
}

pub(crate) fn tokens(full: bool) -> TokensPage {
    let token = |id: &str, name: &str, last_used| ApiToken {
        id: s(id),
        name: s(name),
        made: autumn(),
        last_used,
    };
    TokensPage {
        layout: layout("API tokens", Nav::Settings),
        tokens: if full {
            vec![
                token("tok_1", "Lobby display", Some(today())),
                token("tok_2", SHARP, None),
            ]
        } else {
            Vec::new()
        },
        issued: full.then(|| IssuedToken {
            name: s("Lobby display"),
            token: s("ocr_4GkQ2mN8vXz7tBq1LrWf0sYd6HcPjE3uKa5oRi9TgMx"),
        }),
        revoked: false,
        name: String::new(),
        problems: Problems::none(),
    }
}

pub(crate) fn security(full: bool) -> SecurityPage {
    let passkey = |id: &str, name: &str, used| PasskeyRow {
        id: s(id),
        name: s(name),
        added: autumn(),
        used,
    };
    SecurityPage {
        layout: layout("Signing in", Nav::Settings),
        must_set_up: !full,
        code_app: full.then(autumn),
        passkeys: if full {
            vec![
                passkey("pk_1", "Laptop", Some(today())),
                passkey("pk_2", SHARP, None),
            ]
        } else {
            Vec::new()
        },
        has_passkeys: full,
        codes_left: 1,
        name: s(SHARP),
        problems: Problems::none(),
        done: String::new(),
    }
}

pub(crate) fn code_app(problem: &str) -> CodeAppPage {
    CodeAppPage {
        layout: layout("Set up an app", Nav::Settings),
        qr: Qr {
            size: 29,
            path: s("M4 4h1v1h-1z"),
        },
        key: s("GEZD GNBV GY3T QOJQ"),
        secret: s("GEZDGNBVGY3TQOJQ"),
        problem: s(problem),
        problems: if problem.is_empty() {
            Problems::none()
        } else {
            Problems::none().with("code", problem)
        },
    }
}

pub(crate) fn codes(some: bool) -> CodesPage {
    let code = s("abcdef-ghijkl-mnopqr-234567");
    CodesPage {
        layout: layout("Recovery codes", Nav::Settings),
        codes: if some { vec![code; 10] } else { Vec::new() },
        codes_left: 3,
        done: String::new(),
    }
}

pub(crate) fn proof() -> ProofPage {
    ProofPage {
        layout: layout("Is it you?", Nav::Settings),
        next: s("/settings/security"),
        email: s("mara.lindqvist@halden.example"),
        passkeys: true,
        problems: Problems::none().with("password", "This is not your password."),
    }
}

/// Each of them in each state.
pub(crate) fn all(pages: &mut Pages) {
    pages.add("settings-you", &|| you().render());
    pages.add("settings-meetings", &|| promise(true).render());
    pages.add("settings-meetings-own", &|| promise(false).render());
    pages.add("settings-devices", &|| devices().render());
    pages.add("settings-security", &|| security(true).render());
    pages.add("settings-security-empty", &|| security(false).render());
    pages.add("settings-code-app", &|| code_app("").render());
    pages.add("settings-code-app-wrong", &|| code_app(SHARP).render());
    pages.add("settings-codes", &|| codes(true).render());
    pages.add("settings-codes-none", &|| codes(false).render());
    pages.add("settings-proof", &|| proof().render());
    pages.add("settings-tokens", &|| tokens(true).render());
    pages.add("settings-tokens-empty", &|| tokens(false).render());
}
