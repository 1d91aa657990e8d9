//! Profile, devices, tokens.

use rooms_views::settings::YouSaved;

use crate::html;
use crate::samples::settings as samples;

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
