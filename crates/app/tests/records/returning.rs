//! Who lost the permission on the way to Zoom and back is not connected.

use rooms_app::people::sessions::{self, Visitor};
use rooms_app::people::{self, PersonChange};
use rooms_app::zoom;
use rooms_app::zoom::connect::{self, Answer, NotConnected};
use rooms_core::Role;
use rooms_core::connection::Connection;
use rooms_testkit::app::{CLIENT_ID, TestCompany, ZOOM_MARA, on_each};
use rooms_testkit::{TestApp, TestPerson};

use crate::{office, on_record};

/// Somebody who agreed at Zoom, with what the browser brings back.
async fn agreed(app: &TestApp, who: &TestPerson) -> (Visitor, Answer) {
    let whose = (who.actor.company, who.actor.person);
    let browser = sessions::Browser::default();
    let opened = sessions::open(&app.app, whose, &browser).await.unwrap();
    let visitor = sessions::visitor(&app.app, &opened.session).await;
    let visitor = visitor.unwrap().unwrap();
    let there = connect::begin(&app.app, &visitor).await.unwrap();
    let back = app.browser().consent(&there, ZOOM_MARA, "allow").await;
    let sent = |name: &str| {
        let mut pairs = back.query_pairs();
        pairs.find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    };
    let answer = Answer {
        code: sent("code"),
        state: sent("state"),
        error: None,
    };
    (visitor, answer)
}

async fn forbid(app: &TestApp, company: &TestCompany, who: &TestPerson) {
    let change = PersonChange {
        name: who.actor.name.clone(),
        role: Role::Officer,
        may_connect: false,
    };
    people::change(&app.app, &company.admin.actor, who.id(), change)
        .await
        .unwrap();
}

async fn is_connected(app: &TestApp, company: &TestCompany) -> bool {
    let all = zoom::company_connections(&app.app, &company.admin.actor).await;
    all.unwrap().iter().any(Connection::is_active)
}

/// What the browser knew when it came back is older than what the company decided.
#[tokio::test]
async fn a_permission_taken_away_meanwhile_counts() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let (visitor, answer) = agreed(app, &mara).await;
        forbid(app, &company, &mara).await;
        assert!(visitor.actor.may_connect, "as it was when she left");
        let refused = connect::complete(&app.app, Some(&visitor), &answer).await;
        assert!(
            matches!(refused, Err(NotConnected::NotAllowed)),
            "{refused:?}"
        );
        assert!(!is_connected(app, &company).await);
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID), "handed back");
        let entries = on_record(app, &company).await;
        assert!(entries.iter().all(|entry| entry.action != "zoom.connected"));
        app.run_jobs().await;
    })
    .await;
}

#[tokio::test]
async fn somebody_deactivated_meanwhile_is_not_connected() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let (visitor, answer) = agreed(app, &mara).await;
        people::deactivate(&app.app, &company.admin.actor, mara.id())
            .await
            .unwrap();
        let refused = connect::complete(&app.app, Some(&visitor), &answer).await;
        assert!(
            matches!(refused, Err(NotConnected::NotAllowed)),
            "{refused:?}"
        );
        assert!(!is_connected(app, &company).await);
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID), "handed back");
        app.run_jobs().await;
    })
    .await;
}

/// At the same time: whichever is first, nobody stays connected who may not be.
#[tokio::test]
async fn connecting_and_losing_the_permission_at_once_leave_no_connection() {
    for deactivates in [false, true] {
        on_each(async |app| {
            let (company, mara, _) = office(app).await;
            let (visitor, answer) = agreed(app, &mara).await;
            let taken_away = async {
                if deactivates {
                    let admin = &company.admin.actor;
                    people::deactivate(&app.app, admin, mara.id())
                        .await
                        .unwrap();
                } else {
                    forbid(app, &company, &mara).await;
                }
            };
            let connecting = connect::complete(&app.app, Some(&visitor), &answer);
            futures_util::future::join(connecting, taken_away)
                .await
                .0
                .ok();
            assert!(!is_connected(app, &company).await);
            app.run_jobs().await;
            assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID), "handed back");
        })
        .await;
    }
}
