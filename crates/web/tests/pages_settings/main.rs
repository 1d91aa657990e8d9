//! Sign-in, settings, Connect Apps and the admin pages over HTTP: real routes, a real database,
//! the simulator as Zoom, and a browser without script.

mod admin;
mod apps;
mod callback;
mod data;
mod devices;
mod entry;
mod forms;
mod groups;
mod hosts;
mod https;
mod leaving;
mod meetings;
mod passkeys;
mod passwords;
mod people;
mod permission;
mod reconciliation;
mod recovery;
mod second_factor;
mod settings;
mod zoom_app;

use rooms_testkit::{Answer, Browser};

const APPS: &str = "/settings/apps";
const CONNECT: &str = "/settings/apps/zoom/connection";
const DISCONNECT: &str = "/settings/apps/zoom/disconnection";

/// The status of an answer, and where it leads.
#[track_caller]
fn leads_to(answer: &Answer) -> (u16, String) {
    let to = answer.location();
    let path = match to.query() {
        Some(query) => format!("{}?{query}", to.path()),
        None => to.path().to_owned(),
    };
    (answer.status.as_u16(), path)
}

/// Fails unless a page has this status and says all of this.
#[track_caller]
fn says(answer: &Answer, status: u16, words: &[&str]) {
    let text = answer.text();
    assert_eq!(answer.status.as_u16(), status, "{}: {text}", answer.url);
    for words in words {
        assert!(text.contains(words), "{} lacks {words}: {text}", answer.url);
    }
}

/// Sends a form of a page as a browser does, and opens the page it leads to.
async fn submit(browser: &Browser, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = browser.post_form(page, action, fields).await;
    assert_eq!(answer.status.as_u16(), 303, "{action}: {}", answer.text());
    browser.visit(answer.location().as_str()).await
}

/// What a page has after `start` and before the next `end`.
#[expect(clippy::panic, reason = "a page that lacks it fails its test")]
#[track_caller]
fn between<'a>(page: &'a Answer, start: &str, end: &str) -> &'a str {
    let rest = page.text().split_once(start).map(|(_, rest)| rest);
    match rest.and_then(|rest| rest.split_once(end)) {
        Some((found, _)) => found,
        None => panic!("{} lacks {start}…{end}: {}", page.url, page.text()),
    }
}
