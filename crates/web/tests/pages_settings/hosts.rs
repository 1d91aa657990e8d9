//! Several Zoom accounts on Connect Apps, and what an admin lets stand in.

use jiff::SignedDuration;
use rooms_core::booking::Conference;
use rooms_testkit::app::{TestApp, ZOOM_JONAS, ZOOM_MARA, on_each};

use super::{APPS, DISCONNECT, says, submit};

const COMPANY: &str = "/admin/company";
const STAND_IN: &str = "/admin/company/zoom";

fn of(id: &str, what: &str) -> String {
    format!("/settings/apps/zoom/connections/{id}/{what}")
}

async fn two_accounts_are_told_apart(app: &TestApp) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let browser = app.signed_in(&mara).await;
    let first = app.connect_zoom(&mara, ZOOM_MARA).await.id.to_string();
    app.pass(SignedDuration::from_secs(1));
    let second = app.connect_zoom(&mara, ZOOM_JONAS).await.id.to_string();
    let page = browser.get(APPS).await;
    says(
        &page,
        200,
        &[ZOOM_MARA, ZOOM_JONAS, &of(&second, "preference")],
    );
    assert!(
        !page.text().contains(&of(&first, "preference")),
        "it is the default"
    );

    let named = submit(
        &browser,
        APPS,
        &of(&second, "name"),
        &[("name", "Reception")],
    )
    .await;
    says(
        &named,
        200,
        &[
            "Saved. The booking form calls it so.",
            "Disconnect Reception",
        ],
    );
    let preferred = submit(&browser, APPS, &of(&second, "preference"), &[]).await;
    says(&preferred, 200, &["Saved.", &of(&first, "preference")]);
    assert!(!preferred.text().contains(&of(&second, "preference")));

    let long = "x".repeat(101);
    let refused = browser
        .post_form(APPS, &of(&second, "name"), &[("name", &long)])
        .await;
    says(
        &refused,
        422,
        &["Not saved yet.", "Shorten it to 100 characters", &long],
    );
    let unnamed = submit(&browser, APPS, &of(&second, "name"), &[("name", " ")]).await;
    says(&unnamed, 200, &[&format!("Disconnect {ZOOM_JONAS}")]);

    // Without a choice the default ends, and the other is what is left.
    let left = submit(&browser, APPS, DISCONNECT, &[]).await;
    says(
        &left,
        200,
        &["Zoom is disconnected.", ZOOM_MARA, "Connected"],
    );
    assert!(!left.text().contains("preference"));
}

async fn an_offered_account_stands_in_once_an_admin_says_so(app: &TestApp) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let lee = app.officer(&company, "lee").await;
    let room = app.room(&company, "Aster").await;
    let browser = app.signed_in(&mara).await;
    let admin = app.signed_in(&company.admin).await;
    let lees = app.signed_in(&lee).await;
    let id = app.connect_zoom(&mara, ZOOM_MARA).await.id.to_string();
    says(&admin.get(COMPANY).await, 200, &["Nothing is offered yet."]);
    let refused = admin
        .post_form(COMPANY, STAND_IN, &[("stand_in", &id)])
        .await;
    says(
        &refused,
        422,
        &["Choose a connection that its owner offers."],
    );

    submit(&browser, APPS, &of(&id, "name"), &[("name", "Reception")]).await;
    let offered = submit(&browser, APPS, &of(&id, "offer"), &[]).await;
    says(
        &offered,
        200,
        &[
            "your company does not use it yet",
            "Hosts for colleagues too",
        ],
    );
    says(&lees.get("/").await, 200, &["Zoom is not connected."]);
    let saved = submit(&admin, COMPANY, STAND_IN, &[("stand_in", &id)]).await;
    says(&saved, 200, &["Saved.", "Reception", "mara", ZOOM_MARA]);
    says(
        &browser.get(APPS).await,
        200,
        &["You, and colleagues without Zoom"],
    );
    let form = lees.get("/bookings/new").await;
    says(
        &form,
        200,
        &[&format!(
            "Reception ({ZOOM_MARA}) hosts it, for your company."
        )],
    );

    app.book(&lee, &room, 2, Some(Conference::Zoom)).await;
    app.run_jobs().await;
    says(&admin.get(COMPANY).await, 200, &["1 link"]);
    let withdrawn = submit(&browser, APPS, &of(&id, "withdrawal"), &[]).await;
    says(&withdrawn, 200, &["Meetings it hosts already stay."]);
    says(
        &admin.get(COMPANY).await,
        200,
        &["is no longer offered, so nobody hosts"],
    );
    says(
        &lees.get("/bookings/new").await,
        200,
        &["Zoom is not connected."],
    );
    says(
        &submit(&admin, COMPANY, STAND_IN, &[("stand_in", "pool")]).await,
        200,
        &["Saved."],
    );
    says(
        &submit(&admin, COMPANY, STAND_IN, &[("stand_in", "nobody")]).await,
        200,
        &["Saved."],
    );
    let nonsense = admin
        .post_form(COMPANY, STAND_IN, &[("stand_in", "x")])
        .await;
    says(&nonsense, 422, &["Choose one of the list."]);
}

#[tokio::test]
async fn each_account_has_a_name_and_one_is_the_default() {
    on_each(two_accounts_are_told_apart).await;
}

#[tokio::test]
async fn what_stands_in_is_offered_by_its_owner_and_chosen_by_an_admin() {
    on_each(an_offered_account_stands_in_once_an_admin_says_so).await;
}

#[tokio::test]
async fn nobody_decides_about_the_connection_of_another() {
    let app = TestApp::start().await;
    let (halden, other) = (app.company("halden").await, app.company("other").await);
    let mara = app.officer(&halden, "mara").await;
    let jonas = app.officer(&halden, "jonas").await;
    let id = app.connect_zoom(&mara, ZOOM_MARA).await.id.to_string();
    for what in ["name", "preference", "offer", "withdrawal"] {
        let path = of(&id, what);
        let nobody = app.browser().post(&path, &[]).await;
        assert_eq!(nobody.status.as_u16(), 303, "{what}: to the sign-in page");
        for person in [&jonas, &halden.admin, &other.admin] {
            let browser = app.signed_in(person).await;
            let answer = browser.post_form(APPS, &path, &[("name", "Mine")]).await;
            assert_eq!(answer.status.as_u16(), 404, "{what}");
        }
        let own = app.signed_in(&mara).await;
        let forged = own.post(&path, &[("name", "Mine")]).await;
        assert_eq!(
            forged.status.as_u16(),
            403,
            "{what}: without the form's token"
        );
        let unknown = own.post_form(APPS, &of("x", what), &[]).await;
        assert_eq!(unknown.status.as_u16(), 404, "{what}");
    }
    let officer = app.signed_in(&mara).await;
    let refused = officer
        .post_form(APPS, STAND_IN, &[("stand_in", "pool")])
        .await;
    assert_eq!(refused.status.as_u16(), 403);
    let nobody = app.browser().post(STAND_IN, &[]).await;
    assert_eq!(nobody.status.as_u16(), 303);
    let theirs = app.signed_in(&other.admin).await;
    let refused = theirs
        .post_form(COMPANY, STAND_IN, &[("stand_in", &id)])
        .await;
    assert_eq!(refused.status.as_u16(), 422, "it is not there for them");
}

#[tokio::test]
async fn only_what_lasts_longer_than_zoom_lets_it_is_warned_of() {
    const WARNING: &str = "Zoom ends the meeting after 40 minutes.";
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let jonas = app.officer(&company, "jonas").await;
    app.room(&company, "Aster").await;
    app.connect_zoom(&jonas, ZOOM_JONAS).await;
    let browser = app.signed_in(&jonas).await;
    let form = |end: &str| format!("/bookings/new?date=2026-12-01&start=10:00&end={end}");
    says(&browser.visit(&form("10:41")).await, 200, &[WARNING]);
    let short = browser.visit(&form("10:40")).await;
    says(&short, 200, &["You host it as"]);
    assert!(!short.text().contains(WARNING));
}
