//! Users who are deactivated, deleted, moved or downgraded, and apps of a whole account.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use zoom_sim::{Deactivated, Rules, Standing};

use crate::support::{JONAS, MARA, Receiver, Stage, app, draft, stage};

const MAIN: &str = "HaldenMainAccount00001";

async fn told(answer: Response) -> (u16, i64) {
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    (status, body["code"].as_i64().unwrap_or_default())
}

async fn me(stage: &Stage, token: &str) -> Response {
    let call = stage.call(Method::GET, "/v2/users/me", token);
    call.send().await.unwrap()
}

#[tokio::test]
async fn a_deactivated_user_is_told_what_the_rules_say() {
    let stage = stage().await;
    for (rule, reading, writing, refreshed) in [
        (Deactivated::NoUser, (404, 1001), (404, 1001), 400),
        (Deactivated::BadToken, (401, 124), (401, 124), 400),
        (Deactivated::NoHosting, (200, 0), (400, 3161), 200),
    ] {
        stage.handle.set_standing(MARA, Standing::Active);
        let pair = stage.connect(MARA).await;
        stage.handle.set_rules(Rules {
            deactivated_user: rule,
            ..stage.handle.rules()
        });
        assert!(stage.handle.set_standing(MARA, Standing::Deactivated));
        assert_eq!(told(me(&stage, &pair.access).await).await, reading);
        let made = stage.create(&pair.access, &draft()).await;
        assert_eq!(told(made).await, writing);
        assert_eq!(stage.refresh(&pair.refresh).await.status(), refreshed);
    }
    let form = [("email", MARA), ("password", "zoom-demo")];
    let answer = stage.post("/oauth/signin", "", &form).await;
    assert_eq!(answer.status(), 422, "nor do they come in by the door");
    stage.handle.set_standing(MARA, Standing::Active);
    let pair = stage.connect(MARA).await;
    assert_eq!(me(&stage, &pair.access).await.status(), 200);
    assert!(
        !stage
            .handle
            .set_standing("nobody@x.example", Standing::Active)
    );
}

#[tokio::test]
async fn a_deleted_user_does_not_exist_and_their_token_has_no_owner() {
    let stage = stage().await;
    let pair = stage.connect(MARA).await;
    let session = stage.sign_in(MARA).await;
    stage.handle.set_standing(MARA, Standing::Deleted);
    assert_eq!(told(me(&stage, &pair.access).await).await, (404, 1001));
    let answer = stage.refresh(&pair.refresh).await;
    assert_eq!(answer.status(), 400);
    let body: Value = answer.json().await.unwrap();
    assert!(body["reason"].as_str().unwrap().contains("4,735"));
    let page = stage.get("/user/installed", &session).await;
    assert_eq!(page.status(), 303, "signed out");
}

#[tokio::test]
async fn a_user_without_hosting_reads_but_does_not_make_meetings() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    stage.handle.set_standing(MARA, Standing::NoHosting);
    let refused = stage.create(&token, &draft()).await;
    assert_eq!(told(refused).await, (400, 3161));
    let path = format!("/v2/meetings/{}", made["id"]);
    let call = |method| stage.call(method, &path, &token);
    assert_eq!(call(Method::GET).send().await.unwrap().status(), 200);
    let rename = call(Method::PATCH).json(&json!({"topic": "x"}));
    assert_eq!(told(rename.send().await.unwrap()).await, (400, 3161));
    assert_eq!(call(Method::DELETE).send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_user_who_has_moved_belongs_to_another_account_until_they_connect_again() {
    let stage = stage().await;
    let pair = stage.connect(MARA).await;
    assert!(stage.handle.move_user(MARA, "BrandNewAccount0000003"));
    assert_eq!(told(me(&stage, &pair.access).await).await, (400, 1010));
    let pair = stage.connect(MARA).await;
    let profile: Value = me(&stage, &pair.access).await.json().await.unwrap();
    assert_eq!(profile["account_id"], "BrandNewAccount0000003");
}

#[tokio::test]
async fn a_licence_comes_and_goes() {
    let stage = stage().await;
    let token = stage.connect(JONAS).await.access;
    let kind = async || {
        let profile: Value = me(&stage, &token).await.json().await.unwrap();
        profile["type"].as_i64()
    };
    assert_eq!(kind().await, Some(1));
    assert!(stage.handle.set_licensed(JONAS, true));
    assert_eq!(kind().await, Some(2));
    assert!(stage.handle.set_licensed(JONAS, false));
    assert_eq!(kind().await, Some(1));
}

#[tokio::test]
async fn settings_tell_the_defaults_and_the_locks_of_the_account() {
    let stage = stage().await;
    let mut app = app();
    app.scopes.push("user:read:settings".into());
    stage.handle.set_app(app);
    let token = stage.connect(MARA).await.access;
    stage
        .handle
        .set_account_default(MAIN, "mute_upon_entry", json!(true));
    stage
        .handle
        .lock_account_setting(MAIN, "auto_recording", json!("cloud"));
    let call = stage.call(Method::GET, "/v2/users/me/settings", &token);
    let settings: Value = call.send().await.unwrap().json().await.unwrap();
    assert_eq!(settings["schedule_meeting"]["mute_upon_entry"], true);
    assert_eq!(settings["recording"]["auto_recording"], "cloud");
    let mut asked = draft();
    asked["settings"]["auto_recording"] = json!("none");
    let made: Value = stage.create(&token, &asked).await.json().await.unwrap();
    assert_eq!(made["settings"]["auto_recording"], "cloud");
    assert_eq!(made["settings"]["mute_upon_entry"], true);
    stage.handle.unlock_account_setting(MAIN, "auto_recording");
    let made: Value = stage.create(&token, &asked).await.json().await.unwrap();
    assert_eq!(made["settings"]["auto_recording"], "none");
}

#[tokio::test]
async fn what_happens_to_users_is_told_to_apps_only_if_the_rules_say_so() {
    let receiver = Receiver::start().await;
    let stage = stage().await;
    let mut app = app();
    app.webhook_url = Some(receiver.url.clone());
    stage.handle.set_app(app);
    stage.connect(MARA).await;
    stage.handle.set_licensed(MARA, false);
    stage.handle.set_rules(Rules {
        user_events: true,
        ..stage.handle.rules()
    });
    stage.handle.set_licensed(MARA, true);
    stage.handle.set_standing(MARA, Standing::Deactivated);
    stage.handle.set_standing(MARA, Standing::Active);
    stage.handle.move_user(MARA, "BrandNewAccount0000003");
    stage.handle.set_standing(MARA, Standing::Deleted);
    stage.handle.deliver_due_webhooks().await;
    let updated = receiver.of("user.updated");
    assert_eq!(updated.len(), 1, "the first change was not told");
    assert_eq!(updated[0].body["payload"]["object"]["type"], 2);
    assert_eq!(updated[0].body["payload"]["old_object"]["type"], 1);
    for event in ["deactivated", "activated", "disassociated", "deleted"] {
        let list = receiver.of(&format!("user.{event}"));
        assert_eq!(list.len(), 1, "{event}");
        assert_eq!(list[0].body["payload"]["object"]["email"], MARA);
    }
}

#[tokio::test]
async fn an_app_of_the_account_reaches_its_users_and_no_others() {
    let stage = stage().await;
    let mut app = app();
    app.scopes = [
        "user:read:user",
        "meeting:write:meeting",
        "meeting:read:meeting",
        "meeting:read:list_meetings",
    ]
    .map(|scope| format!("{scope}:admin"))
    .to_vec();
    stage.handle.set_app(app);
    let credentials = [("grant_type", "account_credentials"), ("account_id", MAIN)];
    let answer: Value = stage.token(&credentials).await.json().await.unwrap();
    assert_eq!(answer.get("refresh_token"), None);
    let token = answer["access_token"].as_str().unwrap();
    let path = format!("/v2/users/{JONAS}/meetings");
    let call = stage.call(Method::POST, &path, token).json(&draft());
    let made: Value = call.send().await.unwrap().json().await.unwrap();
    assert_eq!(made["host_email"], JONAS);
    let path = format!("/v2/meetings/{}", made["id"]);
    let call = stage.call(Method::GET, &path, token);
    assert_eq!(call.send().await.unwrap().status(), 200);
    let call = stage.call(Method::GET, "/v2/users/ines@halden.example", token);
    assert_eq!(told(call.send().await.unwrap()).await, (404, 1001));
    let elsewhere = [
        ("grant_type", "account_credentials"),
        ("account_id", "none"),
    ];
    assert_eq!(stage.token(&elsewhere).await.status(), 400);
}

#[tokio::test]
async fn the_console_plays_the_administrator() {
    let stage = stage().await;
    let token = stage.connect(MARA).await.access;
    let act = async |fields: &[(&str, &str)]| {
        let answer = stage.post("/console/deeds", "", fields).await;
        answer.status().as_u16()
    };
    for (fields, expected) in [
        (
            &[("do", "deactivate-user"), ("user", MARA)][..],
            (404, 1001),
        ),
        (&[("do", "activate-user"), ("user", MARA)], (200, 0)),
        (
            &[
                ("do", "move-user"),
                ("user", MARA),
                ("account", "Elsewhere"),
            ],
            (400, 1010),
        ),
        (
            &[("do", "move-user"), ("user", MARA), ("account", MAIN)],
            (200, 0),
        ),
    ] {
        assert_eq!(act(fields).await, 303, "{fields:?}");
        assert_eq!(told(me(&stage, &token).await).await, expected, "{fields:?}");
    }
    let lock = [
        ("do", "lock-setting"),
        ("account", MAIN),
        ("name", "waiting_room"),
        ("value", "true"),
    ];
    assert_eq!(act(&lock).await, 303);
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    assert_eq!(made["settings"]["waiting_room"], true);
    let page = stage.get("/console", "").await.text().await.unwrap();
    assert!(page.contains("Locked: waiting_room true"));
    for wrong in [
        &[("do", "dance")][..],
        &[("do", "deactivate-user")],
        &[("do", "deactivate-user"), ("user", "nobody@x.example")],
        &[("do", "end-meeting"), ("meeting", "latest")],
    ] {
        assert_eq!(act(wrong).await, 422, "{wrong:?}");
    }
}
