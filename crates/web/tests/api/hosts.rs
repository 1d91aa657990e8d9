//! Whose Zoom account hosts, over the API.

use rooms_app::zoom::hosts;
use rooms_core::connection::HostsFor;
use rooms_core::connection::hosts::StandIn;
use rooms_testkit::app::{ZOOM_JONAS, ZOOM_MARA, on_each};
use serde_json::json;

use crate::support::{at, pointers, text, wish, with};

#[tokio::test]
async fn a_busy_host_is_a_problem_of_its_own_that_names_the_next_free_time() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let (mara, lee) = (
            app.officer(&company, "Mara").await,
            app.officer(&company, "Lee").await,
        );
        let (aster, birch) = (
            app.room(&company, "Aster").await,
            app.room(&company, "Birch").await,
        );
        let shared = app.connect_zoom(&mara, ZOOM_MARA).await.id;
        hosts::offer(&app.app, &mara.actor, shared, HostsFor::Company)
            .await
            .unwrap();
        hosts::set_stand_in(&app.app, &company.admin.actor, StandIn::Pool)
            .await
            .unwrap();
        let api = app.api(&lee);
        let zoom = |room, hours| with(&wish(app, room, hours), "conference", "zoom");
        let booked = api.post("bookings", &zoom(&aster, 2)).await.ok(201);
        app.run_jobs().await;
        let path = format!("bookings/{}", text(&booked["id"]));
        let meeting = api.get(&path).await.ok(200)["meeting"].clone();
        assert_eq!(meeting["host_email"], ZOOM_MARA);

        let problem = api.post("bookings", &zoom(&birch, 2)).await;
        let problem = problem.problem(409, "zoom-host-busy");
        let next = json!({ "starts_at": at(app, 150), "ends_at": at(app, 180) });
        assert_eq!(problem["next_free"], next);
        let later = api.post("bookings", &zoom(&birch, 3)).await.ok(201);
        let moved = json!({ "starts_at": at(app, 120), "ends_at": at(app, 150) });
        let later = format!("bookings/{}", text(&later["id"]));
        let refused = api.patch(&later, None, &moved).await;
        assert_eq!(refused.problem(409, "zoom-host-busy")["next_free"], next);
        let stays = api.get(&later).await.ok(200);
        assert_eq!(stays["starts_at"], at(app, 180));
        let without =
            json!({ "starts_at": at(app, 120), "ends_at": at(app, 150), "conference": null });
        api.patch(&later, None, &without).await.ok(200);
    })
    .await;
}

#[tokio::test]
async fn a_connection_is_named_by_its_id_and_has_to_be_the_organizers() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let (mara, jonas) = (
            app.officer(&company, "Mara").await,
            app.officer(&company, "Jonas").await,
        );
        let room = app.room(&company, "Aster").await;
        let theirs = app.connect_zoom(&jonas, ZOOM_JONAS).await.id.to_string();
        let api = app.api(&mara);
        let zoom = with(&wish(app, &room, 2), "conference", "zoom");
        let named = |id: &str| with(&zoom, "connection_id", id);
        for unknown in [&theirs, "cn_00000000000000000000000000000000", "x"] {
            let answer = api.post("bookings", &named(unknown)).await;
            answer.problem(404, "not-found");
        }
        let own = app.connect_zoom(&mara, ZOOM_MARA).await.id.to_string();
        let listed = api.get("connections").await.ok(200)["items"][0].clone();
        assert_eq!(
            (&listed["id"], &listed["is_default"]),
            (&json!(own), &json!(true))
        );
        let alone = with(&wish(app, &room, 2), "connection_id", own.as_str());
        let refused = api.post("bookings", &alone).await.problem(422, "invalid");
        assert_eq!(pointers(&refused), ["#/connection_id"]);
        let booked = api.post("bookings", &named(&own)).await.ok(201);
        let path = format!("bookings/{}", text(&booked["id"]));
        let again = json!({ "connection_id": own });
        let same = api.patch(&path, None, &again).await.ok(200);
        assert_eq!(same["revision"], 1, "it is there already");
        let other = json!({ "connection_id": theirs });
        api.patch(&path, None, &other)
            .await
            .problem(404, "not-found");
        rooms_app::zoom::disconnect::disconnect(&app.app, &mara.actor, None)
            .await
            .unwrap();
        let ended = with(&named(&own), "starts_at", at(app, 125));
        let ended = api
            .post("bookings", &with(&ended, "ends_at", at(app, 150)))
            .await;
        assert_eq!(
            pointers(&ended.problem(422, "invalid")),
            ["#/connection_id"]
        );
    })
    .await;
}
