//! The admin pages: rooms, sites, health, and who may see them.

use jiff::SignedDuration;
use rooms_core::booking::Conference;
use rooms_testkit::app::{TestApp, ZOOM_MARA};
use zoom_sim::{Fault, Operation, Trouble};

use super::{leads_to, says, submit};

const PAGES: [&str; 18] = [
    "/admin",
    "/admin/rooms",
    "/admin/rooms/new",
    "/admin/sites",
    "/admin/sites/new",
    "/admin/people",
    "/admin/groups",
    "/admin/groups/new",
    "/admin/company",
    "/admin/company/meetings",
    "/admin/meetings",
    "/admin/health",
    "/admin/reconciliation",
    "/admin/audit",
    "/admin/audit/download",
    "/admin/data-requests",
    "/admin/retention",
    "/admin/zoom-app",
];

const NO_GROUP: &str = "/admin/groups/gr_00000000000000000000000000000000";

#[tokio::test]
async fn officers_are_refused_and_strangers_sign_in_first() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    let (officer, stranger) = (app.signed_in(&mara).await, app.browser());
    let admin = app.signed_in(&company.admin).await;
    for page in PAGES {
        says(
            &officer.get(page).await,
            403,
            &["for the admins of your company"],
        );
        assert_eq!(stranger.get(page).await.status.as_u16(), 303, "{page}");
        assert_eq!(admin.visit(page).await.status.as_u16(), 200, "{page}");
    }
    let forms = [
        "/admin/rooms".to_owned(),
        format!("/admin/rooms/{}", room.id),
        format!("/admin/rooms/{}/retirement", room.id),
        "/admin/sites".to_owned(),
        format!("/admin/sites/{}/retirement", company.site),
        "/admin/people".to_owned(),
        format!("/admin/people/{}/deactivation", company.admin.id()),
        format!("/admin/people/{}/permission", mara.id()),
        format!("/admin/people/{}/refusal", mara.id()),
        "/admin/groups".to_owned(),
        NO_GROUP.to_owned(),
        format!("{NO_GROUP}/members"),
        format!("{NO_GROUP}/removal"),
        format!("{NO_GROUP}/deletion"),
        "/admin/company".to_owned(),
        "/admin/company/meetings".to_owned(),
        "/admin/jobs/jb_00000000000000000000000000000000/retry".to_owned(),
        "/admin/reconciliation/runs".to_owned(),
        "/admin/reconciliation/fixes".to_owned(),
        "/admin/reconciliation/findings/fd_00000000000000000000000000000000/fix".to_owned(),
        "/admin/reconciliation/findings/fd_00000000000000000000000000000000/acceptance".to_owned(),
        "/admin/retention".to_owned(),
        "/admin/zoom-app".to_owned(),
        "/admin/zoom-app/credentials".to_owned(),
        "/admin/zoom-app/checks".to_owned(),
        "/admin/zoom-app/use".to_owned(),
        "/admin/zoom-app/client-secret".to_owned(),
        "/admin/zoom-app/webhook-secret".to_owned(),
        "/admin/zoom-app/earlier-webhook-secret/removal".to_owned(),
        "/admin/zoom-app/removal".to_owned(),
        "/admin/data-requests/dr_00000000000000000000000000000000/cancellation".to_owned(),
        "/admin/data-requests/dr_00000000000000000000000000000000/erasure".to_owned(),
        "/admin/data-requests/dr_00000000000000000000000000000000/refusal".to_owned(),
    ];
    for form in forms {
        let answer = officer
            .post_form("/settings", &form, &[("name", "Mine")])
            .await;
        assert_eq!(answer.status.as_u16(), 403, "{form}");
    }
}

#[tokio::test]
async fn what_belongs_to_another_company_is_not_there() {
    let app = TestApp::start().await;
    let (halden, other) = (app.company("halden").await, app.company("other").await);
    let mara = app.officer(&halden, "mara").await;
    let room = app.room(&halden, "Aster").await;
    let admin = app.signed_in(&other.admin).await;
    let things = [
        (
            format!("/admin/rooms/{}", room.id),
            ["retirement", "reopening"],
        ),
        (
            format!("/admin/sites/{}", halden.site),
            ["retirement", "reopening"],
        ),
        (
            format!("/admin/people/{}", mara.id()),
            ["permission", "refusal"],
        ),
        (
            format!("/admin/people/{}", halden.admin.id()),
            ["deactivation", "invitation"],
        ),
    ];
    for (page, forms) in things {
        assert_eq!(admin.get(&page).await.status.as_u16(), 404, "{page}");
        let fields = [
            ("name", "Taken over"),
            ("role", "admin"),
            ("time_zone", "UTC"),
        ];
        let posted = admin.post_form("/admin/rooms", &page, &fields).await;
        assert_eq!(posted.status.as_u16(), 404, "{page}");
        for form in forms {
            let posted = admin
                .post_form("/admin/rooms", &format!("{page}/{form}"), &[])
                .await;
            assert_eq!(posted.status.as_u16(), 404, "{page}/{form}");
        }
    }
    for page in ["/admin/rooms", "/admin/sites", "/admin/people"] {
        let list = admin.get(page).await;
        assert!(
            !list.text().contains("Aster") && !list.text().contains("mara"),
            "{page}"
        );
        assert_eq!(
            admin.get(&format!("{page}/nonsense")).await.status.as_u16(),
            404
        );
    }
    let site = halden.site.to_string();
    let fields = [("name", "Birch"), ("capacity", "4"), ("site_id", &site)];
    let foreign = admin
        .post_form("/admin/rooms/new", "/admin/rooms", &fields)
        .await;
    assert_eq!(foreign.status.as_u16(), 404);
}

#[tokio::test]
async fn a_room_is_added_changed_retired_and_opened_again() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    let site = company.site.to_string();
    let wrong = [
        ("name", ""),
        ("capacity", "many"),
        ("site_id", &site),
        ("equipment", "camera"),
        ("hours", "same"),
        ("days", "mon"),
        ("from", "18:00"),
        ("until", "08:00"),
    ];
    let refused = admin
        .post_form("/admin/rooms/new", "/admin/rooms", &wrong)
        .await;
    says(
        &refused,
        422,
        &[
            "#name",
            "#capacity",
            "#until",
            "value=\"camera\" checked",
            "value=\"18:00\"",
        ],
    );

    let right = [
        ("name", "Aster"),
        ("capacity", "8"),
        ("site_id", &site),
        ("equipment", "screen"),
        ("equipment", "camera"),
        ("hours", "same"),
        ("days", "mon"),
        ("days", "tue"),
        ("from", "08:00"),
        ("until", "18:00"),
    ];
    let listed = submit(&admin, "/admin/rooms/new", "/admin/rooms", &right).await;
    says(
        &listed,
        200,
        &["Aster is added", "camera, screen", "Mon–Tue 08:00–18:00"],
    );
    let id = listed.text().split("/admin/rooms/rm_").nth(1).unwrap();
    let room = format!("/admin/rooms/rm_{}", id.split('"').next().unwrap());
    says(
        &admin.get(&room).await,
        200,
        &[
            "value=\"8\"",
            "id=\"hours-same\" name=\"hours\" value=\"same\" checked",
            "name=\"version\" value=\"1\"",
        ],
    );

    let renamed = [
        ("name", "Birch"),
        ("capacity", "6"),
        ("site_id", &site),
        ("hours", "always"),
        ("version", "1"),
    ];
    says(
        &submit(&admin, &room, &room, &renamed).await,
        200,
        &["Saved.", "Birch", "value=\"always\" checked"],
    );
    let stale = admin.post_form(&room, &room, &renamed).await;
    says(&stale, 422, &["Somebody else changed this room meanwhile"]);

    let retired = submit(&admin, &room, &format!("{room}/retirement"), &[]).await;
    says(&retired, 200, &["Birch is retired.", "Retired"]);
    assert!(
        !admin
            .get("/admin/rooms?state=open")
            .await
            .text()
            .contains("Birch")
    );
    says(
        &admin.get("/admin/rooms?q=BIR&state=retired").await,
        200,
        &["Birch"],
    );
    let open = submit(&admin, &room, &format!("{room}/reopening"), &[]).await;
    says(&open, 200, &["Birch is open again."]);
}

#[tokio::test]
async fn a_site_is_added_changed_and_the_last_one_stays() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    let first = format!("/admin/sites/{}", company.site);
    let kept = submit(&admin, &first, &format!("{first}/retirement"), &[]).await;
    says(&kept, 200, &["stays open: it is the last site"]);
    let wrong = [("name", "Porto"), ("time_zone", "Europe/Nowhere")];
    let refused = admin
        .post_form("/admin/sites/new", "/admin/sites", &wrong)
        .await;
    says(
        &refused,
        422,
        &["value=\"Porto\"", "time zone of the IANA list"],
    );
    let right = [("name", "Porto"), ("time_zone", "Europe/Lisbon")];
    let listed = submit(&admin, "/admin/sites/new", "/admin/sites", &right).await;
    says(
        &listed,
        200,
        &["Porto is added.", "Europe/Lisbon", ">08:00<"],
    );
    let moved = [("name", "Berlin Mitte"), ("time_zone", "Europe/Berlin")];
    says(
        &submit(&admin, &first, &first, &moved).await,
        200,
        &["Saved.", "Berlin Mitte"],
    );
    let retired = submit(&admin, &first, &format!("{first}/retirement"), &[]).await;
    says(&retired, 200, &["Berlin Mitte is retired."]);
    let open = submit(&admin, &first, &format!("{first}/reopening"), &[]).await;
    says(&open, 200, &["Berlin Mitte is open again."]);
}

#[tokio::test]
async fn health_counts_and_given_up_work_is_tried_again() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    let admin = app.signed_in(&company.admin).await;
    says(
        &admin.get("/admin/health").await,
        200,
        &["Nobody has connected Zoom yet"],
    );
    app.connect_zoom(&mara, ZOOM_MARA).await;
    app.sim.fault(Fault {
        on: Operation::Create,
        times: None,
        what: Trouble::Html(502),
    });
    app.book(&mara, &room, 26, Some(Conference::Zoom)).await;
    let well = admin.get("/admin/health").await;
    says(
        &well,
        200,
        &["1 person", "<dt>Links waiting</dt><dd>1</dd>", ZOOM_MARA],
    );
    app.database()
        .execute("UPDATE job SET state = 'dead', last_error = 'no answer' WHERE kind = 'meeting'")
        .await;
    let ill = admin.get("/admin/health").await;
    says(
        &ill,
        200,
        &[
            "Some work was given up",
            "Budget",
            "no answer",
            "Bring the Zoom meeting up to date",
        ],
    );
    let retry = ill.text().split("action=\"/admin/jobs/").nth(1).unwrap();
    let retry = format!("/admin/jobs/{}", retry.split('"').next().unwrap());
    let foreign = app.signed_in(&app.company("other").await.admin).await;
    let posted = foreign.post_form("/admin/health", &retry, &[]).await;
    assert_eq!(posted.status.as_u16(), 404);
    app.sim.clear_faults();
    says(
        &submit(&admin, "/admin/health", &retry, &[]).await,
        200,
        &["It is being tried again."],
    );
    app.run_jobs().await;
    says(
        &admin.get("/admin/health").await,
        200,
        &["Nothing needs you", "<dt>Links waiting</dt><dd>0</dd>"],
    );
}

#[tokio::test]
async fn a_refused_app_and_the_days_changes_are_said_in_words() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    let admin = app.signed_in(&company.admin).await;
    let refused = serde_json::json!({ "error": "invalid_client" });
    app.sim.fault(Fault::always(
        Operation::Refresh,
        Trouble::Status(400, refused),
    ));
    app.pass(SignedDuration::from_hours(2));
    app.book(&mara, &room, 26, Some(Conference::Zoom)).await;
    app.run_jobs().await;
    says(
        &admin.get("/admin/health").await,
        200,
        &[
            "Zoom does not accept this installation.",
            "<strong>Zoom refuses our client ID or secret since",
            "no connection is lost",
        ],
    );
    app.sim.clear_faults();
    app.pass(SignedDuration::from_mins(1));
    app.run_jobs().await;
    let well = admin.get("/admin/health").await;
    says(
        &well,
        200,
        &["Nothing needs you", "1 of 100 changes today."],
    );
    assert!(!well.text().contains("Zoom refuses our"));
    says(
        &app.signed_in(&mara).await.get("/settings/apps").await,
        200,
        &["<dt>Limits</dt><dd>1 of 100 changes today.</dd>"],
    );
}

#[tokio::test]
async fn admin_leads_to_its_first_page() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    assert_eq!(
        leads_to(&admin.get("/admin").await),
        (303, "/admin/rooms".to_owned())
    );
}
