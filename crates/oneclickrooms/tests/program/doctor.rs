//! `zoom manifest` and `zoom doctor`: what to enter at Zoom, and what is not as it should be.

use rooms_testkit::app::{CLIENT_SECRET, WEBHOOK_SECRET, ZOOM_MARA};
use rooms_testkit::{Settings, TestApp};
use rooms_web::DomainFile;
use serde_json::Value;

use crate::commands::databases;
use crate::crash::place;
use crate::process::Place;

#[test]
fn the_manifest_has_our_addresses_and_needs_nothing() {
    let ask = [
        "zoom",
        "manifest",
        "--name",
        "Rooms of Halden",
        "--public-url",
    ];
    let told = [&ask[..], &["https://rooms.halden.example"]].concat();
    let printed = Place::bare().run(&told);
    let manifest: Value = serde_json::from_str(printed.good()).unwrap();
    assert_eq!(
        manifest["display_information"]["display_name"],
        "Rooms of Halden"
    );
    let oauth = &manifest["oauth_information"];
    let callback = "https://rooms.halden.example/zoom_callback";
    assert_eq!(oauth["production_redirect_uri"], callback);
    assert_eq!(oauth["scopes"].as_array().unwrap().len(), 6);
    let events = &manifest["features"]["event_subscription"]["events"][0];
    let webhook = "https://rooms.halden.example/webhooks/zoom";
    assert_eq!(events["production_webhook_url"], webhook);
    assert_eq!(events["event_types"].as_array().unwrap().len(), 6);
    let nowhere = Place::bare().run(&["zoom", "manifest"]);
    assert!(nowhere.refusal().contains("--public-url"), "{nowhere:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_check_is_a_line_with_what_to_do() {
    for database in databases().await {
        let code = "4f2a-the-code";
        let stage = TestApp::with(Settings {
            database: Some(database),
            real_time: true,
            domain_file: Some(DomainFile {
                name: "verifyzoom.html".to_owned(),
                content: code.to_owned(),
            }),
            ..Settings::default()
        })
        .await;
        let company = stage.company("halden").await;
        let id = company.id.to_string();
        let olga = stage.officer(&company, "olga").await;
        stage.connect_zoom(&olga, ZOOM_MARA).await;
        let mut place = place(&stage)
            .with("ONECLICKROOMS_PUBLIC_URL", stage.url().as_str())
            .with("ONECLICKROOMS_ZOOM_DOMAIN_VERIFICATION", code);
        let well = place.run(&["zoom", "doctor"]);
        let said = well.good();
        for line in [
            "ok     Client ID and secret: ",
            "ok     Redirect address: ",
            "ok     Clock: ",
            "ok     Permissions: ",
            "ok     Public address: ",
            "ok     Domain verification: ",
        ] {
            assert!(said.contains(line), "{line}: {said}");
        }
        let same = place.run(&["zoom", "doctor", "--company", &id]);
        assert_eq!(same.good(), said);

        // Nothing runs at the address, and Zoom does not know it.
        place.set("ONECLICKROOMS_PUBLIC_URL", "http://127.0.0.1:1");
        let away = place.run(&["zoom", "doctor"]);
        assert_eq!(away.code, Some(3), "{away:?}");
        assert!(
            away.stdout.contains("to do  Redirect address: "),
            "{away:?}"
        );
        assert!(away.stdout.contains("open   Public address: "), "{away:?}");
        assert!(
            away.stdout.contains("open   Domain verification: "),
            "{away:?}"
        );

        place.set("ONECLICKROOMS_PUBLIC_URL", stage.url().as_str());
        place.set("ONECLICKROOMS_ZOOM_DOMAIN_VERIFICATION", "another-code");
        place.set("ONECLICKROOMS_ZOOM_CLIENT_SECRET", "a-wrong-secret");
        let ill = place.run(&["zoom", "doctor", "--json"]);
        assert_eq!(ill.code, Some(3), "{ill:?}");
        let found: Value = serde_json::from_str(&ill.stdout).unwrap();
        let verdict = |what: &str| {
            let findings = found.as_array().unwrap();
            let one = findings.iter().find(|finding| finding["what"] == what);
            one.unwrap()["verdict"].as_str().unwrap().to_owned()
        };
        assert_eq!(verdict("secret"), "to_do");
        assert_eq!(verdict("domain"), "to_do");
        for secret in ["a-wrong-secret", CLIENT_SECRET, WEBHOOK_SECRET] {
            assert!(!ill.stdout.contains(secret) && !said.contains(secret));
        }
        place.set("ONECLICKROOMS_ZOOM_CLIENT_ID", "");
        place.set("ONECLICKROOMS_ZOOM_CLIENT_SECRET", "");
        let none = place.run(&["zoom", "doctor"]);
        assert!(none.refusal().contains("zoom manifest"), "{none:?}");
        let nobody = "co_00000000000000000000000000000000";
        let unknown = place.run(&["zoom", "doctor", "--company", nobody]);
        assert!(unknown.refusal().contains("there is no such company"));
        stage.shut_down().await;
    }
}
