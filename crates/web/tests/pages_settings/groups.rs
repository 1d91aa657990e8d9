//! Groups of people, on their pages and on the page of one person.

use rooms_core::GroupId;
use rooms_testkit::app::{TestApp, TestCompany, ZOOM_MARA};
use rooms_testkit::{Answer, Browser};

use super::{APPS, CONNECT, between, leads_to, says, submit};

const GROUPS: &str = "/admin/groups";
const NEW: &str = "/admin/groups/new";

/// Adds a group and gives its page.
async fn add(admin: &Browser, name: &str) -> (String, Answer) {
    let fields = [("name", name), ("may_connect", "yes")];
    let added = submit(admin, NEW, GROUPS, &fields).await;
    (added.url.path().to_owned(), added)
}

/// Takes back what an admin chose for somebody alone.
async fn not_chosen(admin: &Browser, person: &str, name: &str) {
    let fields = [("name", name), ("role", "officer")];
    submit(admin, person, person, &fields).await;
}

#[tokio::test]
async fn a_group_is_added_renamed_and_deleted() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    says(&admin.get(GROUPS).await, 200, &["No group yet", NEW]);
    let (page, added) = add(&admin, "Sales").await;
    says(
        &added,
        200,
        &[
            "Sales is added.",
            "value=\"yes\" checked",
            "Nobody is in this group yet.",
            "<h2 id=\"members\">0 people</h2>",
        ],
    );
    let id = page.rsplit('/').next().unwrap_or_default();
    assert!(id.parse::<GroupId>().is_ok(), "{page}");
    says(
        &admin.get(GROUPS).await,
        200,
        &["Sales", "May connect apps", &page],
    );
    let taken = admin
        .post_form(NEW, GROUPS, &[("name", "Sales"), ("may_connect", "yes")])
        .await;
    says(
        &taken,
        422,
        &["There is a group of this name.", "Not saved"],
    );
    let empty = admin.post_form(&page, &page, &[("name", " ")]).await;
    says(&empty, 422, &["Write something here."]);
    let saved = submit(&admin, &page, &page, &[("name", "Selling <b>")]).await;
    says(&saved, 200, &["Saved.", "<h1>Selling &#60;b&#62;</h1>"]);
    assert!(!saved.text().contains("value=\"yes\" checked"));
    let gone = submit(&admin, &page, &format!("{page}/deletion"), &[]).await;
    assert_eq!(gone.url.path(), GROUPS);
    says(&gone, 200, &["is deleted.", "No group yet"]);
    assert_eq!(admin.get(&page).await.status.as_u16(), 404);
}

#[tokio::test]
async fn a_group_lets_somebody_connect_and_taking_them_out_ends_it() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let (admin, browser) = (
        app.signed_in(&company.admin).await,
        app.signed_in(&mara).await,
    );
    let person = format!("/admin/people/{}", mara.id());
    says(&admin.get(&person).await, 200, &["an admin allowed it"]);
    not_chosen(&admin, &person, "mara").await;
    says(
        &admin.get(&person).await,
        200,
        &["neither an admin nor a group allows it", "<dd>None</dd>"],
    );
    says(&browser.get(APPS).await, 200, &["Not open to you"]);

    let (page, _) = add(&admin, "Sales").await;
    let mara_id = mara.id().to_string();
    let chosen = [("person_id", mara_id.as_str()), ("q", "mar")];
    let inside = submit(&admin, &page, &format!("{page}/members"), &chosen).await;
    says(
        &inside,
        200,
        &["mara is in the group.", "1 person", "value=\"mar\""],
    );
    says(
        &admin.get(&person).await,
        200,
        &[
            "through the group Sales.",
            &format!("href=\"{page}\">Sales"),
        ],
    );
    says(&browser.get(APPS).await, 200, &[CONNECT]);
    let connected = browser.connect_zoom(ZOOM_MARA).await;
    says(&connected, 200, &["Zoom is connected."]);

    let out = submit(&admin, &page, &format!("{page}/removal"), &chosen).await;
    says(&out, 200, &["mara is not in the group any more."]);
    says(&browser.get(APPS).await, 200, &["Not open to you"]);
    app.run_jobs().await;
}

#[tokio::test]
async fn people_are_found_by_a_part_of_their_name_or_mail() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    for n in 0..25 {
        app.officer(&company, &format!("person{n}")).await;
    }
    let admin = app.signed_in(&company.admin).await;
    let (page, added) = add(&admin, "Sales").await;
    says(&added, 200, &["And 6 more."]);
    let one = admin.get(&format!("{page}?q=PERSON24%40halden")).await;
    says(&one, 200, &["person24", "value=\"PERSON24@halden\""]);
    assert!(!one.text().contains("person23") && !one.text().contains("more."));
    let nobody = admin.get(&format!("{page}?q=zebra")).await;
    says(&nobody, 200, &["Nobody else is called so."]);
    let id = between(&one, "name=\"person_id\" value=\"", "\"").to_owned();
    let chosen = [("person_id", id.as_str())];
    submit(&admin, &page, &format!("{page}/members"), &chosen).await;
    let again = admin.get(&format!("{page}?q=person24")).await;
    says(&again, 200, &["Nobody else is called so.", "1 person"]);
}

/// A group of a company, made by its admin.
async fn group_of(app: &TestApp, company: &TestCompany) -> String {
    add(&app.signed_in(&company.admin).await, "Sales").await.0
}

#[tokio::test]
async fn a_group_of_another_company_is_not_there() {
    let app = TestApp::start().await;
    let (halden, other) = (app.company("halden").await, app.company("other").await);
    let mara = app.officer(&halden, "mara").await;
    let page = group_of(&app, &halden).await;
    let admin = app.signed_in(&other.admin).await;
    let mara_id = mara.id().to_string();
    let fields = [("name", "Taken"), ("person_id", mara_id.as_str())];
    assert_eq!(admin.get(&page).await.status.as_u16(), 404);
    for what in ["", "/members", "/removal", "/deletion"] {
        let form = format!("{page}{what}");
        let posted = admin.post_form(NEW, &form, &fields).await;
        assert_eq!(posted.status.as_u16(), 404, "{form}");
    }
    let own = group_of(&app, &other).await;
    let foreign = admin
        .post_form(&own, &format!("{own}/members"), &fields)
        .await;
    assert_eq!(foreign.status.as_u16(), 404);
    let list = admin.get(GROUPS).await;
    assert!(!list.text().contains(&page));
    let nonsense = admin.get("/admin/groups/nonsense").await;
    assert_eq!(nonsense.status.as_u16(), 404);
    let stranger = app.browser().get(&page).await;
    assert_eq!(leads_to(&stranger).0, 303);
}
