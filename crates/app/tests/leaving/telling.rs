//! Telling Zoom that a connection has ended here: once, with tokens that still work, and no longer
//! than it makes sense.

use jiff::SignedDuration;
use rooms_app::zoom::{disconnect, tokens};
use rooms_core::connection::EndedBy;
use rooms_store::jobs;
use rooms_testkit::Gate;
use rooms_testkit::app::{CLIENT_ID, TestApp, ZOOM_MARA, on_each};
use zoom_sim::{Fault, Operation, Trouble};

use super::{Stage, converge, stage};

/// How often Zoom was asked to take a grant back, and to renew one.
fn asked(app: &TestApp) -> (usize, usize) {
    let requests = app.sim.requests();
    let revoked = requests.iter().filter(|r| r.path == "/oauth/revoke");
    let renewed = requests.iter().filter(|request| {
        let body = request.body.as_deref().unwrap_or_default();
        body.contains("grant_type=refresh_token")
    });
    (revoked.count(), renewed.count())
}

async fn disconnect(app: &TestApp, stage: &Stage) {
    let ended = disconnect::disconnect(&app.app, &stage.mara.actor, None).await;
    assert!(ended.unwrap());
}

fn is_installed(app: &TestApp) -> bool {
    app.sim.is_installed(ZOOM_MARA, CLIENT_ID)
}

/// Renews the tokens in another process, and does something between Zoom's answer and its storing.
async fn while_renewing(app: &TestApp, stage: &Stage, meanwhile: impl Future<Output = ()>) {
    // The first transaction takes the lease.
    let gate = Gate::before(2);
    let other = app.beside(Some(&gate)).await;
    let zoom = other.zoom().unwrap();
    let access = tokens::access(&other, zoom, &stage.first, Some(1));
    let (access, ()) = tokio::join!(access, gate.meanwhile(meanwhile));
    assert!(matches!(access, Err(tokens::NoAccess::Ended)), "{access:?}");
    assert_eq!(asked(app), (0, 1));
    other.shut_down().await;
}

#[tokio::test]
async fn tokens_that_arrive_after_the_end_are_what_zoom_is_told_with() {
    on_each(async |app| {
        let stage = stage(app).await;
        while_renewing(app, &stage, disconnect(app, &stage)).await;
        assert!(stage.shredded(app).await);
        assert!(is_installed(app));
        app.run_jobs().await;
        assert!(!is_installed(app), "at once");
        assert_eq!(asked(app), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn tokens_that_arrive_after_a_removal_in_zoom_are_told_to_nobody() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.pass(SignedDuration::from_mins(1));
        let removed = async {
            assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
            app.deliver_webhooks().await;
        };
        while_renewing(app, &stage, removed).await;
        let ended = stage.connection(app).await;
        assert_eq!(ended.disconnected_by, Some(EndedBy::Zoom));
        converge(app).await;
        assert_eq!(asked(app), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn while_tokens_may_be_under_renewal_zoom_is_not_told_with_the_ones_before() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim
            .fault(Fault::once(Operation::Refresh, Trouble::Html(503)));
        let zoom = app.app.zoom().unwrap();
        let access = tokens::access(&app.app, zoom, &stage.first, Some(1)).await;
        assert!(matches!(access, Err(tokens::NoAccess::Later(_))));
        disconnect(app, &stage).await;
        app.run_jobs().await;
        assert_eq!(asked(app), (0, 1), "nobody renews for ten seconds");
        app.pass(SignedDuration::from_secs(10));
        app.run_jobs().await;
        assert!(!is_installed(app));
        assert_eq!(asked(app), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_is_gone_already_is_told_of_once() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.lose_webhooks();
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        disconnect(app, &stage).await;
        converge(app).await;
        assert_eq!(asked(app), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_is_gone_already_is_renewed_at_most_once_to_tell_of_it() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.lose_webhooks();
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.pass(SignedDuration::from_hours(2));
        disconnect(app, &stage).await;
        converge(app).await;
        assert_eq!(asked(app), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn zoom_is_told_after_a_renewal_that_first_failed() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.pass(SignedDuration::from_hours(2));
        app.sim
            .fault(Fault::once(Operation::Refresh, Trouble::Html(503)));
        disconnect(app, &stage).await;
        converge(app).await;
        assert!(!is_installed(app));
        assert_eq!(asked(app), (1, 2));
    })
    .await;
}

#[tokio::test]
async fn renewed_tokens_are_kept_until_zoom_has_been_told() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.pass(SignedDuration::from_hours(2));
        app.sim
            .fault(Fault::once(Operation::Revoke, Trouble::DropBefore));
        disconnect(app, &stage).await;
        converge(app).await;
        assert!(!is_installed(app));
        assert_eq!(asked(app), (2, 1));
    })
    .await;
}

#[tokio::test]
async fn telling_is_given_up_after_two_hundred_tries_in_about_eight_days() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim
            .fault(Fault::always(Operation::Revoke, Trouble::DropBefore));
        disconnect(app, &stage).await;
        converge(app).await;
        assert_eq!(asked(app).0, 6, "in two minutes");
        for _ in 0..210 {
            app.run_jobs().await;
            app.pass(SignedDuration::from_hours(1));
        }
        assert_eq!(asked(app).0, 200);
        let mut tx = app.app.read().await.unwrap();
        let dead = jobs::dead(&mut tx, stage.company.id).await.unwrap();
        assert_eq!(dead.len(), 1, "{dead:?}");
    })
    .await;
}
