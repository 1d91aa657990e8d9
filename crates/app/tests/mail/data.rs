//! What people are written who asked to have their data erased.

use rooms_app::data::requests;
use rooms_core::DataRequestId;
use rooms_testkit::TestApp;

use super::{Stage, on_each, only, read, send};

async fn asked(app: &TestApp, stage: &Stage) -> DataRequestId {
    requests::ask(&app.app, &stage.mara.actor).await.unwrap();
    let all = requests::list(&app.app, &stage.company.admin.actor).await;
    all.unwrap()[0].id
}

#[tokio::test]
async fn a_refusal_is_written_with_its_reason() {
    on_each(async |app, stage| {
        let request = asked(app, &stage).await;
        assert!(send(app).await.is_empty(), "nobody has answered");
        let admin = &stage.company.admin.actor;
        requests::refuse(&app.app, admin, request, "Your contract <runs> on.")
            .await
            .unwrap();
        let letter = only(send(app).await);
        assert_eq!(letter.to, [stage.mara.email()]);
        let letter = read(&letter);
        assert_eq!(letter.subject(), Some("Your data is not deleted"));
        let (text, html) = (letter.body_text(0).unwrap(), letter.body_html(0).unwrap());
        assert!(text.contains("Your contract <runs> on."), "{text}");
        assert!(html.contains("Your contract &#60;runs&#62; on."), "{html}");
        for body in [text, html] {
            assert!(body.contains(&app.at("/settings/data")), "{body}");
        }
        assert!(send(app).await.is_empty(), "once");
    })
    .await;
}

#[tokio::test]
async fn an_erasure_is_the_last_thing_written_to_an_address_that_is_nowhere_any_more() {
    on_each(async |app, stage| {
        let request = asked(app, &stage).await;
        let admin = &stage.company.admin.actor;
        let email = stage.mara.email().to_owned();
        requests::carry_out(&app.app, admin, request, "Goodbye.")
            .await
            .unwrap();
        // It waits for the mail server, and nobody reads the address meanwhile.
        app.app.store().tidy().await.unwrap();
        let held = String::from_utf8_lossy(&app.database().dump().await).into_owned();
        assert!(!held.contains(&email));
        let letter = only(send(app).await);
        assert_eq!(letter.to, [email]);
        let letter = read(&letter);
        assert_eq!(letter.subject(), Some("Your data is deleted"));
        for body in [letter.body_text(0).unwrap(), letter.body_html(0).unwrap()] {
            assert!(body.contains("Goodbye."), "{body}");
            assert!(
                !body.contains("/settings/data"),
                "nobody signs in there: {body}"
            );
        }
        let left = "SELECT COUNT(*) FROM job WHERE kind = 'mail'";
        assert_eq!(app.database().integers(left).await, [0]);
    })
    .await;
}

#[tokio::test]
async fn who_took_the_request_back_is_written_nothing() {
    on_each(async |app, stage| {
        asked(app, &stage).await;
        requests::withdraw(&app.app, &stage.mara.actor)
            .await
            .unwrap();
        assert!(send(app).await.is_empty());
    })
    .await;
}
