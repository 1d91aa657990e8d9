//! What can befall Zoom's webhooks, while the host edits a meeting in Zoom and we do ours: no room
//! moves by it, people hear of it once at most, and a comparison puts right what nobody told us.

use jiff::SignedDuration;
use rooms_testkit::app::on_each;
use zoom_sim::{Mishap, MishapKind, Signature};

use super::cell::Deed;
use super::scene::Scene;

/// The test of a mishap. A new kind has to be given one.
fn test_of(kind: MishapKind) -> &'static str {
    match kind {
        MishapKind::Lost => "lost",
        MishapKind::Twice => "twice",
        MishapKind::Late(_) => "late",
        MishapKind::Held => "in_reverse",
        MishapKind::Signed(Signature::Wrong) => "signed_by_others",
        MishapKind::Signed(Signature::Tampered) => "tampered",
        MishapKind::Signed(Signature::Stale) => "stale",
        MishapKind::Signed(Signature::Missing) => "unsigned",
        MishapKind::Signed(Signature::Right) => "right",
    }
}

async fn play(test: &str, what: MishapKind, deed: Deed) {
    assert_eq!(test_of(what), test);
    on_each(async |app| {
        let mut scene = Scene::set(app, deed, deed == Deed::Refresh).await;
        app.sim.mishap(Mishap {
            event: None,
            times: None,
            what,
        });
        if deed != Deed::Create {
            scene.host_edits();
        }
        scene.act(deed).await;
        scene.settle().await;
        if deed == Deed::Create {
            scene.host_edits();
            scene.settle().await;
        }
        let held = app.sim.deliveries();
        for delivery in held.iter().rev() {
            app.sim.hurry_webhook(delivery.id);
        }
        app.sim.clear_mishaps();
        app.pass(SignedDuration::from_hours(2));
        scene.settle().await;
        scene.heard_once_at_most().await;
        scene.compare_and_fix().await;
        scene.is_as_wanted(0).await;
        scene.was_fair(super::kinds::Means::Nothing).await;
    })
    .await;
}

macro_rules! mishaps {
    ($($test:ident $what:expr;)+) => {
        mishaps!(@deed creating Create $($test $what;)+);
        mishaps!(@deed changing Change $($test $what;)+);
        mishaps!(@deed cancelling Cancel $($test $what;)+);
        mishaps!(@deed refreshing Refresh $($test $what;)+);
        mishaps!(@deed probing Probe $($test $what;)+);
    };
    (@deed $module:ident $deed:ident $($test:ident $what:expr;)+) => {
        mod $module {
            use zoom_sim::MishapKind::{Held, Late, Lost, Signed, Twice};
            use zoom_sim::Signature::{Missing, Stale, Tampered, Wrong};

            $(
                #[tokio::test]
                async fn $test() {
                    super::play(stringify!($test), $what, super::Deed::$deed).await;
                }
            )+
        }
    };
}

mishaps! {
    lost Lost;
    twice Twice;
    late Late(3_600);
    in_reverse Held;
    signed_by_others Signed(Wrong);
    tampered Signed(Tampered);
    stale Signed(Stale);
    unsigned Signed(Missing);
}
