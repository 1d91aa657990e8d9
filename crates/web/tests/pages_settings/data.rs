//! Your data, requests about it, how long things are kept, and the audit.

use rooms_app::data::requests;
use rooms_testkit::app::{TestApp, ZOOM_JONAS};

use super::{says, submit};

const OWN: &str = "/settings/data";

#[tokio::test]
async fn a_person_downloads_what_is_held_asks_for_deletion_and_thinks_better_of_it() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let browser = app.signed_in(&mara).await;
    says(
        &browser.get(OWN).await,
        200,
        &["Bookings made", "Devices signed in"],
    );
    let file = browser.get("/settings/data/download").await;
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"your-data.json\""
    );
    assert_eq!(file.json()["person"]["email"], mara.email());
    let asked = submit(&browser, OWN, "/settings/data/request", &[]).await;
    says(
        &asked,
        200,
        &["with the admins of your company", "23 December 2026"],
    );
    let back = submit(&browser, OWN, "/settings/data/withdrawal", &[]).await;
    says(&back, 200, &["taken back", "Ask to delete my data"]);
    assert_eq!(app.browser().get(OWN).await.status.as_u16(), 303);
    let stranger = app.browser().get("/settings/data/download").await;
    assert_eq!(stranger.status.as_u16(), 303);
}

#[tokio::test]
async fn an_admin_cancels_what_is_ahead_and_deletes_with_proof_or_refuses_with_words() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let (mara, jonas) = (
        app.officer(&company, "mara").await,
        app.officer(&company, "jonas").await,
    );
    let room = app.room(&company, "Aster").await;
    app.book(&mara, &room, 2, None).await;
    for person in [&mara, &jonas] {
        requests::ask(&app.app, &person.actor).await.unwrap();
    }
    let all = requests::list(&app.app, &company.admin.actor)
        .await
        .unwrap();
    let page = |person: &rooms_testkit::TestPerson| {
        let request = all
            .iter()
            .find(|request| request.person == person.id())
            .unwrap();
        format!("/admin/data-requests/{}", request.id)
    };
    let (of_mara, of_jonas) = (page(&mara), page(&jonas));
    let browser = app.signed_in(&company.admin).await;
    says(
        &browser.get("/admin/data-requests").await,
        200,
        &["Waits for you", &of_mara],
    );
    says(
        &browser.get(&of_mara).await,
        200,
        &["Budget", "Cancel this booking"],
    );
    let early = browser
        .post_form(&of_mara, &format!("{of_mara}/erasure"), &[])
        .await;
    says(&early, 422, &["has bookings ahead"]);
    submit(&browser, &of_mara, &format!("{of_mara}/cancellation"), &[]).await;
    let note = [("note", "By letter.")];
    let done = submit(&browser, &of_mara, &format!("{of_mara}/erasure"), &note).await;
    says(
        &done,
        200,
        &[
            "Deleted person",
            "Data deleted",
            "By letter.",
            "of the audit",
        ],
    );

    let refusal = format!("{of_jonas}/refusal");
    let silent = browser
        .post_form(&of_jonas, &refusal, &[("reply", "")])
        .await;
    says(&silent, 422, &["Say why"]);
    submit(
        &browser,
        &of_jonas,
        &refusal,
        &[("reply", "Your contract runs on.")],
    )
    .await;
    let told = app.signed_in(&jonas).await.get(OWN).await;
    says(&told, 200, &["was refused", "Your contract runs on."]);

    // Another company's admin knows nothing of them.
    let strand = app.company("strand").await;
    let foreign = app.signed_in(&strand.admin).await;
    assert_eq!(foreign.get(&of_jonas).await.status.as_u16(), 404);
    for deed in ["cancellation", "erasure", "refusal"] {
        let action = format!("{of_jonas}/{deed}");
        let answer = foreign
            .post_form("/settings", &action, &[("reply", "x")])
            .await;
        assert_eq!(answer.status.as_u16(), 404, "{deed}");
    }
}

#[tokio::test]
async fn days_are_chosen_within_limits_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let browser = app.signed_in(&company.admin).await;
    let page = "/admin/retention";
    says(
        &browser.get(page).await,
        200,
        &["Not gone through yet.", "value=\"730\""],
    );
    let wrong = browser
        .post_form(page, page, &[("zoom_removed", "11"), ("audit", "x")])
        .await;
    says(
        &wrong,
        422,
        &["Write a whole number of days.", "value=\"11\""],
    );
    let wrong = browser
        .post_form(page, page, &[("zoom_removed", "11")])
        .await;
    says(&wrong, 422, &["Choose from 0 to 10 days.", "value=\"11\""]);
    let saved = submit(&browser, page, page, &[("zoom_removed", "7")]).await;
    says(&saved, 200, &["Saved.", "value=\"7\""]);
    rooms_app::data::retention::run(&app.app, company.id)
        .await
        .unwrap();
    says(
        &browser.get(page).await,
        200,
        &["Last gone through today", "0 deleted"],
    );
}

#[tokio::test]
async fn the_audit_is_filtered_and_had_as_a_table_and_is_only_the_companys() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    app.connect_zoom(&mara, ZOOM_JONAS).await;
    let browser = app.signed_in(&company.admin).await;
    let page = browser.get("/admin/audit").await;
    says(
        &page,
        200,
        &["connected Zoom", "added a person", "The operator", ">mara<"],
    );
    assert!(!page.text().contains(ZOOM_JONAS), "no address");
    let connections = browser.get("/admin/audit?topic=connection").await;
    says(&connections, 200, &["connected Zoom"]);
    assert!(!connections.text().contains("added a person"));
    let person = format!("/admin/audit?person={}", mara.id());
    says(&browser.get(&person).await, 200, &["connected Zoom"]);
    let empty = browser.get("/admin/audit?to=2020-01-01").await;
    says(&empty, 200, &["Nothing like that"]);
    let table = browser.get("/admin/audit/download?topic=connection").await;
    assert_eq!(
        table.header("content-disposition"),
        "attachment; filename=\"audit.csv\""
    );
    let lines: Vec<_> = table.text().lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].contains("zoom.connected"), "{lines:?}");
    let officer = app.signed_in(&mara).await;
    let refused = officer.get("/admin/audit/download").await;
    assert_eq!(refused.status.as_u16(), 403);
    let strand = app.company("strand").await;
    let foreign = app.signed_in(&strand.admin).await.get("/admin/audit").await;
    assert!(!foreign.text().contains("connected Zoom"));
}
