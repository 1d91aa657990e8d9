//! The file by which Zoom knows the domain.

use rooms_testkit::{Settings, TestApp};
use rooms_web::DomainFile;
use serde_json::Value;
use zoom_sim::DomainFile as Place;

async fn with(name: &str) -> TestApp {
    TestApp::with(Settings {
        domain_file: Some(DomainFile {
            name: name.to_owned(),
            content: "4f2a-the-code".to_owned(),
        }),
        ..Settings::default()
    })
    .await
}

/// What the Marketplace says of the server, if the file has to be there.
async fn checked(app: &TestApp, place: Place, code: &str) -> Value {
    app.sim.set_rules(zoom_sim::Rules {
        domain_file: place,
        ..app.sim.rules()
    });
    let check = app.zoom_url().join("/console/domain").unwrap();
    let form = [("domain", app.url().as_str()), ("code", code)];
    app.browser().post(check.as_str(), &form).await.ok(200)
}

#[tokio::test]
async fn zoom_finds_the_code_at_either_place() {
    let app = with("verifyzoom.html").await;
    for place in [Place::Folder, Place::Root] {
        let said = checked(&app, place, "4f2a-the-code").await;
        assert_eq!(said["verified"], true, "{said}");
        let said = checked(&app, place, "another").await;
        assert_eq!(said["reason"], "the file holds something else");
    }
    let page = app.anonymous().get("/zoomverify/verifyzoom.html").await;
    assert_eq!(page.text(), "4f2a-the-code");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let posted = app.browser().post("/verifyzoom.html", &[]).await;
    assert_eq!(posted.status, 405);
}

#[tokio::test]
async fn a_file_of_another_name_is_served_under_that() {
    let app = with("zoom-1234.html").await;
    let nobody = app.anonymous();
    let file = nobody.get("/zoomverify/zoom-1234.html").await;
    assert_eq!(file.text(), "4f2a-the-code");
    for other in [
        "/zoomverify/verifyzoom.html",
        "/verifyzoom.html",
        "/zoomverify/",
    ] {
        assert_eq!(nobody.get(other).await.status, 404, "{other}");
    }
}

#[tokio::test]
async fn without_a_code_there_is_no_file() {
    let app = TestApp::start().await;
    for place in [Place::Folder, Place::Root] {
        let said = checked(&app, place, "4f2a-the-code").await;
        assert_eq!(said["reason"], "404 Not Found", "{said}");
    }
}
