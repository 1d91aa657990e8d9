//! Signing in, setting up, invitations.

use askama::Template;
use rooms_views::invitation::{InvitationEnd, InvitationEndedPage, InvitationPage};
use rooms_views::layout::{Layout, Nav};
use rooms_views::parts::Problems;
use rooms_views::set_up::{SetUpDonePage, SetUpPage, SetUpTyped};
use rooms_views::sign_in::{SecondStepPage, SignInNotice, SignInPage, SignOutPage, StepNotice};

use super::{Pages, SHARP, equipment, layout, open, s, zones};

pub(crate) fn sign_in(notice: SignInNotice) -> SignInPage {
    SignInPage {
        layout: Layout {
            nav: Nav::SignIn,
            ..open("Sign in")
        },
        notice,
        email: s("mara.lindqvist@halden.example"),
        next: s("/bookings/bk_1?a=1&b=2"),
        destination: s("Coating review, Tuesday 14:00"),
        passkeys: true,
    }
}

pub(crate) fn set_up(problems: Problems) -> SetUpPage {
    SetUpPage {
        layout: open("Set up"),
        typed: SetUpTyped {
            code: s("7F3K-9QPL"),
            name: s("Leila Haddad"),
            email: s("leila.haddad@halden.example"),
            company: s(SHARP),
            site: s("Basel"),
            room: s("Aster"),
            capacity: s("6"),
        },
        zones: zones(),
        equipment: equipment(),
        problems,
    }
}

pub(crate) fn invitation() -> InvitationPage {
    InvitationPage {
        layout: open("Welcome"),
        action: s("/invitation/inv_abc"),
        company: s("Halden Optics"),
        name: s(SHARP),
        email: s("jonas@halden.example"),
        recovers: None,
        good_until: s("29 November"),
        problems: Problems::none().with("repeat", "The two do not match."),
    }
}

pub(crate) fn invitation_ended(ended: InvitationEnd) -> InvitationEndedPage {
    InvitationEndedPage {
        layout: open("Invitation"),
        ended,
        ask_email: s("leila.haddad@halden.example"),
    }
}

pub(crate) fn second_step(notice: StepNotice) -> SecondStepPage {
    SecondStepPage {
        layout: open("Sign in"),
        notice,
        next: s("/find"),
        code_app: true,
        passkeys: true,
    }
}

/// Each of them in each state.
pub(crate) fn all(pages: &mut Pages) {
    let notices = [
        ("plain", SignInNotice::None),
        ("needed", SignInNotice::Needed),
        ("expired", SignInNotice::Expired),
        ("signed-out", SignInNotice::SignedOut),
        ("everywhere", SignInNotice::SignedOutEverywhere),
        ("password-set", SignInNotice::PasswordSet),
        ("wrong", SignInNotice::WrongCredentials),
        ("wrong-passkey", SignInNotice::WrongPasskey),
        ("incomplete", SignInNotice::Incomplete),
        ("form-expired", SignInNotice::FormExpired),
        (
            "limited",
            SignInNotice::RateLimited {
                try_again: s("in 4 minutes"),
            },
        ),
    ];
    for (name, notice) in notices {
        pages.add(&format!("sign-in-{name}"), &|| {
            sign_in(notice.clone()).render()
        });
    }
    pages.add("sign-out", &|| {
        SignOutPage {
            layout: layout("Sign out", Nav::None),
            name: s(SHARP),
        }
        .render()
    });
    pages.add("set-up", &|| set_up(Problems::none()).render());
    pages.add("set-up-wrong", &|| {
        set_up(
            Problems::none()
                .with("code", "This is not the code that the server printed.")
                .with("password", "12 characters or more are needed."),
        )
        .render()
    });
    pages.add("set-up-done", &|| {
        SetUpDonePage {
            layout: open("Set up"),
        }
        .render()
    });
    pages.add("invitation", &|| invitation().render());
    pages.add("recovery", &|| {
        InvitationPage {
            recovers: Some(true),
            ..invitation()
        }
        .render()
    });
    for (name, notice) in [
        ("plain", StepNotice::None),
        ("wrong", StepNotice::Wrong),
        ("expired", StepNotice::Expired),
    ] {
        pages.add(&format!("second-step-{name}"), &|| {
            second_step(notice.clone()).render()
        });
    }
    for (name, ended) in [
        ("expired", InvitationEnd::Expired),
        ("used", InvitationEnd::Used),
        ("unknown", InvitationEnd::Unknown),
    ] {
        pages.add(&format!("invitation-{name}"), &|| {
            invitation_ended(ended).render()
        });
    }
}
