//! The limit of an account's day, in each form in which Zoom may say until when.

use rooms_testkit::app::TestApp;
use zoom_sim::{RetryAfter, Rules};

use super::cell::{Deed, on};
use super::kinds::KINDS;

async fn play(form: RetryAfter, deed: Deed) {
    let app = TestApp::start().await;
    app.sim.set_rules(Rules {
        retry_after: form,
        ..app.sim.rules()
    });
    let limit = KINDS.iter().find(|kind| kind.name == "daily-account");
    on(&app, limit.unwrap(), deed).await;
    let asked = app.sim.requests();
    let limited: Vec<_> = asked.iter().filter(|r| r.status == Some(429)).collect();
    let days = limited.iter().map(|r| r.at.as_second().div_euclid(86_400));
    let days: std::collections::BTreeSet<_> = days.collect();
    assert_eq!(limited.len(), days.len(), "asked once a day: {limited:?}");
}

macro_rules! forms {
    ($($module:ident $deed:ident)+) => {
        $(
            mod $module {
                use super::{Deed, RetryAfter, play};

                #[tokio::test]
                async fn as_an_instant() {
                    play(RetryAfter::Iso, Deed::$deed).await;
                }

                #[tokio::test]
                async fn as_a_date_of_http() {
                    play(RetryAfter::HttpDate, Deed::$deed).await;
                }

                #[tokio::test]
                async fn in_seconds() {
                    play(RetryAfter::Seconds, Deed::$deed).await;
                }

                #[tokio::test]
                async fn not_at_all() {
                    play(RetryAfter::None, Deed::$deed).await;
                }
            }
        )+
    };
}

forms! {
    creating Create
    changing Change
    cancelling Cancel
    probing Probe
}
