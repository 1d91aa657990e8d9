//! Profile, devices, tokens.

use askama::Template;
use rooms_core::meeting::Promise;
use rooms_views::layout::Nav;
use rooms_views::parts::Problems;
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
        removed: false,
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

/// Each of them in each state.
pub(crate) fn all(pages: &mut Pages) {
    pages.add("settings-you", &|| you().render());
    pages.add("settings-meetings", &|| promise(true).render());
    pages.add("settings-meetings-own", &|| promise(false).render());
    pages.add("settings-devices", &|| devices().render());
    pages.add("settings-tokens", &|| tokens(true).render());
    pages.add("settings-tokens-empty", &|| tokens(false).render());
}
