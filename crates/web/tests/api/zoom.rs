//! Bookings with Zoom, over the real API and the simulator, on both databases.

use jiff::SignedDuration;
use rooms_core::room::Room;
use rooms_testkit::app::{ZOOM_JONAS, ZOOM_MARA, on_each};
use rooms_testkit::{Api, TestApp, TestCompany, TestPerson};
use serde_json::{Value, json};
use zoom_sim::{Fault, Operation, StoredMeeting, Trouble};

use crate::support::{at, text, wish, with};

struct Stage {
    company: TestCompany,
    mara: TestPerson,
    room: Room,
    api: Api,
}

async fn stage(app: &TestApp) -> Stage {
    let company = app.company("Halden").await;
    let mara = app.officer(&company, "Mara").await;
    let room = app.room(&company, "Aster").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    let api = app.api(&mara);
    Stage {
        company,
        mara,
        room,
        api,
    }
}

impl Stage {
    async fn book(&self, app: &TestApp, hours: i64) -> (String, Value) {
        let wish = with(&wish(app, &self.room, hours), "conference", "zoom");
        let booking = self.api.post("bookings", &wish).await.ok(201);
        (format!("bookings/{}", text(&booking["id"])), booking)
    }

    async fn meeting(&self, path: &str) -> Value {
        self.api.get(path).await.ok(200)["meeting"].clone()
    }

    /// Runs jobs and lets time pass until the meeting is in a state, two minutes at most.
    async fn until(&self, app: &TestApp, path: &str, state: &str) -> Value {
        for _ in 0..24 {
            app.run_jobs().await;
            let meeting = self.meeting(path).await;
            if meeting["state"] == state {
                return meeting;
            }
            app.pass(SignedDuration::from_secs(5));
        }
        panic!(
            "not {state} after two minutes: {}",
            self.meeting(path).await
        );
    }
}

fn alive(app: &TestApp) -> Vec<StoredMeeting> {
    app.sim
        .meetings()
        .into_iter()
        .filter(|meeting| meeting.deleted_at.is_none())
        .collect()
}

#[tokio::test]
async fn a_booking_has_its_meeting_for_life() {
    on_each(async |app| {
        let stage = stage(app).await;
        let (path, booking) = stage.book(app, 2).await;
        assert_eq!(
            booking["meeting"],
            json!({
                "provider": "zoom",
                "state": "pending",
                "join_url": null,
                "meeting_id": null,
                "passcode": null,
                "host_email": null,
                "failure": null,
                "since": booking["created_at"],
                "attempts": 0,
                "next_try_at": null,
                "differs": null,
            })
        );
        app.run_jobs().await;
        let meeting = stage.meeting(&path).await;
        let made = &alive(app)[0];
        assert_eq!(meeting["state"], "ready");
        assert_eq!(meeting["meeting_id"], made.id.to_string());
        assert_eq!(meeting["host_email"], ZOOM_MARA);
        assert!(text(&meeting["join_url"]).contains(text(&meeting["meeting_id"])));
        assert!(!text(&meeting["passcode"]).is_empty());
        assert_eq!((made.topic.as_str(), made.duration), ("Budget", 30));
        assert_eq!(made.time_zone, "Europe/Berlin");

        let change = json!({ "title": "Plan", "ends_at": at(app, 180) });
        stage.api.patch(&path, None, &change).await.ok(200);
        // A change settles before Zoom is told.
        app.pass(SignedDuration::from_secs(3));
        app.run_jobs().await;
        let changed = &alive(app)[0];
        assert_eq!((changed.topic.as_str(), changed.duration), ("Plan", 60));
        assert_eq!(stage.meeting(&path).await, meeting);

        let cancel = format!("{path}/cancellation");
        let cancelled = stage.api.post(&cancel, &json!({})).await.ok(200);
        assert_eq!(cancelled["conference"], "zoom");
        assert_eq!(cancelled["meeting"]["state"], "removing");
        app.run_jobs().await;
        assert_eq!(stage.meeting(&path).await["state"], "removed");
        assert_eq!(alive(app).len(), 0);
        assert_eq!(app.sim.meetings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_makes_one_meeting() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::DropAfter));
        let (path, _) = stage.book(app, 2).await;
        app.run_jobs().await;
        assert_eq!(stage.meeting(&path).await["state"], "pending");
        assert_eq!(app.sim.meetings().len(), 1);
        let meeting = stage.until(app, &path, "ready").await;
        assert_eq!(app.sim.meetings().len(), 1);
        assert_eq!(meeting["meeting_id"], app.sim.meetings()[0].id.to_string());
    })
    .await;
}

#[tokio::test]
async fn a_link_arrives_when_zoom_is_back() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim
            .fault(Fault::always(Operation::Any, Trouble::DropBefore));
        let (path, _) = stage.book(app, 2).await;
        for _ in 0..10 {
            app.run_jobs().await;
            app.pass(SignedDuration::from_secs(30));
        }
        assert_eq!(stage.meeting(&path).await["state"], "pending");
        assert_eq!(app.sim.meetings().len(), 0);
        app.sim.clear_faults();
        stage.until(app, &path, "ready").await;
        assert_eq!(app.sim.meetings().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_booking_cancelled_before_its_meeting_was_made_ends_removed() {
    on_each(async |app| {
        let stage = stage(app).await;
        let (path, _) = stage.book(app, 2).await;
        stage
            .api
            .post(&format!("{path}/cancellation"), &json!({}))
            .await
            .ok(200);
        app.run_jobs().await;
        let booking = stage.api.get(&path).await.ok(200);
        assert_eq!(
            (&booking["conference"], &booking["meeting"]["state"]),
            (&json!("zoom"), &json!("removed"))
        );
        assert_eq!(app.sim.meetings().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn zoom_is_added_to_and_taken_from_a_booking() {
    on_each(async |app| {
        let stage = stage(app).await;
        let plain = stage
            .api
            .post("bookings", &wish(app, &stage.room, 2))
            .await
            .ok(201);
        let path = format!("bookings/{}", text(&plain["id"]));
        let with_zoom = stage
            .api
            .patch(&path, None, &json!({ "conference": "zoom" }))
            .await
            .ok(200);
        assert_eq!(with_zoom["meeting"]["state"], "pending");
        app.run_jobs().await;
        assert_eq!(stage.meeting(&path).await["state"], "ready");
        let without = stage
            .api
            .patch(&path, None, &json!({ "conference": null }))
            .await
            .ok(200);
        assert_eq!(
            (&without["conference"], &without["meeting"]),
            (&json!(null), &json!(null))
        );
        app.run_jobs().await;
        assert_eq!(alive(app).len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_booking_in_the_name_of_somebody_uses_their_connection() {
    on_each(async |app| {
        let stage = stage(app).await;
        let jonas = app.officer(&stage.company, "Jonas").await;
        let wish = with(&wish(app, &stage.room, 2), "conference", "zoom");
        let for_jonas = with(&wish, "organizer", jonas.id().to_string());
        let answer = stage.api.post("bookings", &for_jonas).await;
        answer.problem(422, "zoom-not-connected");
        app.connect_zoom(&jonas, ZOOM_JONAS).await;
        let booking = stage.api.post("bookings", &for_jonas).await.ok(201);
        app.run_jobs().await;
        let path = format!("bookings/{}", text(&booking["id"]));
        assert_eq!(stage.meeting(&path).await["host_email"], ZOOM_JONAS);
    })
    .await;
}

#[tokio::test]
async fn connections_are_the_callers_own_newest_first() {
    on_each(async |app| {
        let stage = stage(app).await;
        let one = stage.api.get("connections").await.ok(200);
        let now = app.app.now().to_string();
        assert_eq!(
            one["items"],
            json!([{
                "id": one["items"][0]["id"],
                "provider": "zoom",
                "status": "active",
                "name": ZOOM_MARA,
                "is_default": true,
                "hosts_for_company": false,
                "account_email": ZOOM_MARA,
                "connected_at": now,
                "disconnected_at": null,
                "disconnected_by": null,
            }])
        );
        let (path, _) = stage.book(app, 2).await;
        app.run_jobs().await;
        rooms_app::zoom::disconnect::disconnect(&app.app, &stage.mara.actor, None)
            .await
            .unwrap();
        app.run_jobs().await;
        assert_eq!(stage.meeting(&path).await["state"], "detached");
        let ended = stage.api.get("connections").await.ok(200)["items"][0].clone();
        assert_eq!(
            (&ended["status"], &ended["disconnected_by"]),
            (&json!("inactive"), &json!("user"))
        );
        assert_eq!(ended["disconnected_at"], now);

        app.pass(SignedDuration::from_mins(5));
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        let both = stage.api.get("connections").await.ok(200)["items"].clone();
        assert_eq!((&both[0]["status"], &both[1]), (&json!("active"), &ended));
        let page = stage.api.get("connections?limit=1").await.ok(200);
        assert_eq!(page["items"][0], both[0]);
        let next = format!("connections?limit=1&cursor={}", text(&page["next_cursor"]));
        assert_eq!(
            stage.api.get(&next).await.ok(200)["items"],
            json!([both[1]])
        );
        let admin = app.api(&stage.company.admin);
        assert_eq!(admin.get("connections").await.ok(200)["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_removed_app_detaches_its_meetings() {
    on_each(async |app| {
        let stage = stage(app).await;
        let (path, _) = stage.book(app, 2).await;
        app.run_jobs().await;
        assert!(app.sim.remove_app(ZOOM_MARA, rooms_testkit::app::CLIENT_ID));
        app.deliver_webhooks().await;
        let ended = stage.api.get("connections").await.ok(200)["items"][0].clone();
        assert_eq!(
            (&ended["status"], &ended["disconnected_by"]),
            (&json!("inactive"), &json!("zoom"))
        );
        assert_eq!(stage.meeting(&path).await["state"], "detached");
        let answer = stage
            .api
            .post(
                "bookings",
                &with(&wish(app, &stage.room, 5), "conference", "zoom"),
            )
            .await;
        answer.problem(422, "zoom-not-connected");
        // One whose booking is then cancelled stays as it is.
        stage
            .api
            .post(&format!("{path}/cancellation"), &json!({}))
            .await
            .ok(200);
        app.run_jobs().await;
        assert_eq!(stage.meeting(&path).await["state"], "detached");
        assert_eq!(alive(app).len(), 1);
    })
    .await;
}
