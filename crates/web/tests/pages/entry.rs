//! Signing in, setting up, invitations.

use rooms_views::invitation::InvitationEnd;
use rooms_views::parts::Problems;
use rooms_views::sign_in::SignInNotice;

use crate::html;
use crate::samples::entry as samples;

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
