//! What a person may have, and have deleted.

use jiff::SignedDuration;
use rooms_app::data::person;
use rooms_app::data::requests::{self, RequestState};
use rooms_app::people::sessions::Browser;
use rooms_app::people::sign_in::{self, Entry};
use rooms_app::{Failure, bookings};
use rooms_core::booking::Change;
use rooms_testkit::app::{PASSWORD, ZOOM_JONAS, on_each};

use crate::{ZOOM, actions, found_in_database, holds, office, on_record};

#[tokio::test]
async fn a_person_has_everything_that_is_held_on_them_in_one_file() {
    on_each(async |app| {
        let (company, mara, room) = office(app).await;
        app.connect_zoom(&mara, ZOOM_JONAS).await;
        app.book(&mara, &room, 2, ZOOM).await;
        let others = app.book(&company.admin, &room, 4, None).await;
        let invite = Change {
            invitees: Some(vec![mara.email().to_owned()]),
            ..Change::default()
        };
        let id = others.booking.id;
        bookings::change(&app.app, &company.admin.actor, id, invite, None)
            .await
            .unwrap();
        app.run_jobs().await;
        let document = person::download(&app.app, &mara.actor).await.unwrap();
        let data: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!(data["person"]["email"], mara.email());
        assert_eq!(data["bookings"].as_array().unwrap().len(), 1);
        assert_eq!(data["invited_to"][0]["id"], id.to_string());
        assert_eq!(data["connections"][0]["zoom_email"], ZOOM_JONAS);
        assert_eq!(data["meetings"].as_array().unwrap().len(), 1);
        assert!(!data["history"].as_array().unwrap().is_empty());
        assert!(
            !document.contains(company.admin.email()),
            "nothing of others"
        );
        let secrets = ["access_token", "refresh_token", "hash", "data_key"];
        assert!(secrets.iter().all(|secret| !document.contains(secret)));
        assert_eq!(on_record(app, &company).await[0].action, "data.exported");
    })
    .await;
}

#[tokio::test]
async fn a_request_is_carried_out_with_proof_and_bookings_of_others_go_on() {
    on_each(async |app| {
        let company = app.company("halden").await;
        // A name and an address that nothing else here has.
        let vera = app.officer(&company, "Veronika Quandt").await;
        let room = app.room(&company, "Aster").await;
        app.connect_zoom(&vera, ZOOM_JONAS).await;
        let own = app.book(&vera, &room, 2, ZOOM).await.booking.id;
        let others = app.book(&company.admin, &room, 4, None).await.booking.id;
        let invite = Change {
            invitees: Some(vec![
                vera.email().to_owned(),
                "guest@example.org".to_owned(),
            ]),
            ..Change::default()
        };
        let admin = &company.admin.actor;
        bookings::change(&app.app, admin, others, invite, None)
            .await
            .unwrap();
        app.run_jobs().await;

        requests::ask(&app.app, &vera.actor).await.unwrap();
        assert!(matches!(
            requests::ask(&app.app, &vera.actor).await,
            Err(Failure::Conflict(_))
        ));
        let request = requests::list(&app.app, admin).await.unwrap().remove(0);
        let thirty_days = SignedDuration::from_hours(24 * 30);
        assert_eq!(request.due_at.duration_since(request.asked_at), thirty_days);

        let early = requests::carry_out(&app.app, admin, request.id, "").await;
        assert!(matches!(early, Err(Failure::Conflict(why)) if why.contains("ahead")));
        let outlook = person::outlook_for(&app.app, admin, vera.id())
            .await
            .unwrap();
        assert_eq!(
            outlook.ahead.iter().map(|b| b.id).collect::<Vec<_>>(),
            [own]
        );
        person::cancel_ahead(&app.app, &outlook, Some(admin))
            .await
            .unwrap();
        app.run_jobs().await;
        requests::carry_out(&app.app, admin, request.id, "As you asked.")
            .await
            .unwrap();
        app.run_jobs().await;

        let canaries = [vera.email(), "Veronika Quandt", ZOOM_JONAS];
        let left = found_in_database(app, &canaries).await;
        assert!(left.is_empty(), "{left:?}");
        let others = bookings::get(&app.app, admin, others)
            .await
            .unwrap()
            .booking;
        assert_eq!(others.invitees, ["guest@example.org"]);
        let own = bookings::get(&app.app, admin, own).await.unwrap().booking;
        assert_eq!(own.organizer.name, "Deleted person");
        assert_eq!(own.title, "Deleted booking");
        let (done, entry) = requests::get(&app.app, admin, request.id).await.unwrap();
        assert_eq!(done.state, RequestState::Done);
        assert!(done.proof.unwrap().contains("\"profile\":1"));
        assert_eq!(entry.unwrap().subject, vera.id().uuid());
        let browser = Browser::default();
        let entry = sign_in::sign_in(&app.app, vera.email(), PASSWORD, &browser).await;
        assert!(matches!(entry.unwrap(), Entry::Wrong));
        let erased = person::erased_since(&app.app, jiff::Timestamp::UNIX_EPOCH)
            .await
            .unwrap();
        assert_eq!(
            erased.iter().map(|(_, id, _)| *id).collect::<Vec<_>>(),
            [vera.id()]
        );
        let done = actions(app, &company).await;
        let end = &done[done.len() - 2..];
        assert_eq!(end, ["data.erased", "data.request_done"]);
        assert!(holds(app).await);
        let again = person::erase(&app.app, &vera.id().to_string()).await;
        assert!(matches!(again, Err(Failure::Conflict(_))));
    })
    .await;
}

#[tokio::test]
async fn a_request_is_refused_with_words_or_taken_back_and_only_admins_answer() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let rival = app.company("strand").await;
        let admin = &company.admin.actor;
        requests::ask(&app.app, &mara.actor).await.unwrap();
        requests::withdraw(&app.app, &mara.actor).await.unwrap();
        requests::ask(&app.app, &mara.actor).await.unwrap();
        let id = requests::list(&app.app, admin).await.unwrap()[0].id;
        let foreign = requests::refuse(&app.app, &rival.admin.actor, id, "No.").await;
        assert!(foreign.is_err());
        let own = requests::refuse(&app.app, &mara.actor, id, "No.").await;
        assert!(matches!(own, Err(Failure::Forbidden(_))));
        assert!(matches!(
            requests::refuse(&app.app, admin, id, " ").await,
            Err(Failure::Invalid(_))
        ));
        requests::refuse(&app.app, admin, id, "Your contract runs on.")
            .await
            .unwrap();
        let answered = requests::own(&app.app, &mara.actor).await.unwrap();
        let states: Vec<_> = answered.iter().map(|request| request.state).collect();
        assert_eq!(states, [RequestState::Refused, RequestState::Withdrawn]);
        assert_eq!(answered[0].reply.as_deref(), Some("Your contract runs on."));
        assert!(matches!(
            requests::carry_out(&app.app, admin, id, "").await,
            Err(Failure::Conflict(_))
        ));
        requests::ask(&app.app, admin).await.unwrap();
        let id = requests::list(&app.app, admin).await.unwrap()[0].id;
        assert!(matches!(
            requests::carry_out(&app.app, admin, id, "").await,
            Err(Failure::Conflict(_))
        ));
    })
    .await;
}
