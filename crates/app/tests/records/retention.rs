//! What is old enough goes at night.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rooms_app::data::retention;
use rooms_app::people::{self, permission};
use rooms_app::{audit, bookings};
use rooms_core::Role;
use rooms_core::retention::Kept;
use rooms_testkit::app::{ZOOM_MARA, on_each};

use crate::{ZOOM, holds, office};

#[tokio::test]
async fn what_is_old_enough_goes_and_the_rest_and_the_chain_stay() {
    on_each(async |app| {
        let (company, mara, room) = office(app).await;
        let admin = &company.admin.actor;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        let booked = app.book(&mara, &room, 2, ZOOM).await.booking.id;
        app.run_jobs().await;
        let days = BTreeMap::from([
            (Kept::Audit, 90),
            (Kept::History, 100),
            (Kept::Meetings, 30),
        ]);
        retention::change(&app.app, admin, days).await.unwrap();
        let first = retention::run(&app.app, company.id).await.unwrap();
        assert!(first.values().all(|removed| *removed == 0), "{first:?}");

        app.pass(SignedDuration::from_hours(24 * 95));
        let second = retention::run(&app.app, company.id).await.unwrap();
        assert!(second[&Kept::Audit] >= 4, "{second:?}");
        assert_eq!((second[&Kept::History], second[&Kept::Meetings]), (0, 1));
        let meeting = bookings::get(&app.app, &mara.actor, booked)
            .await
            .unwrap()
            .meeting
            .unwrap();
        assert!(meeting.join_url.is_none() && meeting.passcode.is_none());
        assert!(holds(app).await);
        let verdict = audit::verify(&app.app, Some(company.id))
            .await
            .unwrap()
            .remove(0);
        assert_eq!(verdict.found.unwrap().removed, second[&Kept::Audit]);

        app.pass(SignedDuration::from_hours(24 * 10));
        let third = retention::run(&app.app, company.id).await.unwrap();
        assert!(third[&Kept::History] > 0, "{third:?}");
        let shown = retention::settings(&app.app, admin).await.unwrap();
        let history = shown
            .iter()
            .find(|setting| setting.kept == Kept::History)
            .unwrap();
        let run = history.run.unwrap();
        assert_eq!((history.days, run.at), (100, app.app.now()));
        assert_eq!(run.removed, third[&Kept::History]);
    })
    .await;
}

#[tokio::test]
async fn every_company_has_its_night_once() {
    on_each(async |app| {
        let (company, _, _) = office(app).await;
        app.company("strand").await;
        for _ in 0..2 {
            retention::schedule(&app.app).await.unwrap();
        }
        let planned = "SELECT COUNT(*) FROM job WHERE kind = 'retention'";
        assert_eq!(app.database().integers(planned).await, [2]);
        app.pass(SignedDuration::from_hours(30));
        app.run_jobs().await;
        let shown = retention::settings(&app.app, &company.admin.actor)
            .await
            .unwrap();
        assert!(shown.iter().all(|setting| setting.run.is_some()));
        assert_eq!(
            app.database().integers(planned).await,
            [2],
            "put back for the next night"
        );
    })
    .await;
}

#[tokio::test]
async fn an_answered_request_to_connect_goes_with_the_history_and_an_open_one_stays() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let admin = &company.admin.actor;
        let jonas = app.officer(&company, "jonas").await;
        for person in [&mara, &jonas] {
            let change = people::PersonChange {
                name: person.actor.name.clone(),
                role: Role::Officer,
                may_connect: false,
            };
            people::change(&app.app, admin, person.id(), change)
                .await
                .unwrap();
            let asked = permission::ask(&app.app, &person.actor, "For the fair").await;
            assert!(asked.unwrap());
        }
        permission::decline(&app.app, admin, mara.id(), "Not now")
            .await
            .unwrap();
        let days = BTreeMap::from([(Kept::History, 100)]);
        retention::change(&app.app, admin, days).await.unwrap();
        let left = async |day: i64| {
            app.pass(SignedDuration::from_hours(24 * day));
            retention::run(&app.app, company.id).await.unwrap();
            let states = "SELECT state FROM permission_request ORDER BY state";
            app.database().texts(states).await
        };
        assert_eq!(left(99).await, ["declined", "open"]);
        assert_eq!(left(2).await, ["open"]);
        app.run_jobs().await;
    })
    .await;
}
