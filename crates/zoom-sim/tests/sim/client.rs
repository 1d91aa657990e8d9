//! The client of this workspace and the simulator understand each other.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use zoom_client::{
    Access, ApiUrlPolicy, Class, Client, Config, MeetingDraft, MeetingPatch, MeetingSettings,
    WaitUntil,
};
use zoom_sim::{Fault, Operation, Trouble};

use crate::support::{MARA, REDIRECT, Receiver, Stage, VERIFIER, app, pair, stage};

fn client(stage: &Stage) -> Client {
    let config = Config {
        oauth_url: stage.sim.url().clone(),
        api_url: stage.sim.url().clone(),
        client_id: "client-1".into(),
        client_secret: "secret-1".into(),
        follow_api_url: ApiUrlPolicy::SameOrigin,
        timeout: Duration::from_millis(800),
    };
    Client::new(config).unwrap()
}

async fn connected() -> (Stage, Client, Access, SecretString) {
    let stage = stage().await;
    let client = client(&stage);
    let challenge = zoom_client::pkce::challenge(VERIFIER);
    let address = client.authorize_url(REDIRECT, "state-1", &challenge);
    let back = stage.consent(MARA, address.query().unwrap(), "allow").await;
    assert_eq!(pair(&back, "state").as_deref(), Some("state-1"));
    let code = pair(&back, "code").unwrap();
    let tokens = client
        .exchange_code(&code, REDIRECT, VERIFIER)
        .await
        .unwrap();
    assert_eq!(tokens.expires_in, Duration::from_secs(3_599));
    assert_eq!(tokens.scopes.len(), 6);
    assert!(
        tokens.api_url.is_some(),
        "the address of the API is followed"
    );
    let access = Access {
        token: tokens.access_token,
        api_url: tokens.api_url,
        caller: None,
    };
    (stage, client, access, tokens.refresh_token)
}

fn draft() -> MeetingDraft {
    MeetingDraft {
        topic: "Budget".into(),
        agenda: "Numbers".into(),
        start_time: "2026-12-01T09:00:00Z".parse().unwrap(),
        duration_minutes: 30,
        time_zone: "Europe/Berlin".into(),
        settings: MeetingSettings {
            waiting_room: true,
            ..MeetingSettings::default()
        },
    }
}

#[tokio::test]
async fn the_whole_life_of_a_connection_and_a_meeting() {
    let (stage, client, access, refresh_token) = connected().await;
    let user = client.me(&access).await.unwrap();
    assert_eq!((user.email.as_deref(), user.kind), (Some(MARA), Some(2)));

    let asked = draft();
    let made = client.create_meeting(&access, &asked).await.unwrap();
    assert_eq!(made.start_time, Some(asked.start_time));
    assert_eq!(made.host_email.as_deref(), Some(MARA));
    assert!(made.passcode.is_some());
    assert!(made.settings.differences(&asked.settings).is_empty());
    let patch = MeetingPatch {
        topic: Some("Plan".into()),
        ..MeetingPatch::default()
    };
    client
        .update_meeting(&access, made.id, &patch)
        .await
        .unwrap();
    assert_eq!(
        client.meeting(&access, made.id).await.unwrap().topic,
        "Plan"
    );
    let listed = client.scheduled_meetings(&access).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].created_at, Some(stage.clock.now()));

    let newer = client.refresh(&refresh_token).await.unwrap();
    let error = client.meeting(&access, made.id).await.unwrap_err();
    assert_eq!(error.class(), Class::TokenRejected);
    assert!(error.tracking_id().is_some());
    let access = Access {
        token: newer.access_token,
        api_url: newer.api_url,
        caller: None,
    };
    client.delete_meeting(&access, made.id).await.unwrap();
    let error = client.meeting(&access, made.id).await.unwrap_err();
    assert_eq!(error.class(), Class::NotFound);

    client.revoke(&access.token).await.unwrap();
    let error = client.refresh(&newer.refresh_token).await.unwrap_err();
    assert_eq!(error.class(), Class::ReconnectNeeded);
    assert!(!access.token.expose_secret().is_empty());
}

#[tokio::test]
async fn each_trouble_is_understood() {
    let (stage, client, access, _) = connected().await;
    let midnight = WaitUntil::At("2026-11-24T00:00:00Z".parse().unwrap());
    for (trouble, class, unknown) in [
        (Trouble::DropBefore, Class::TryAgain, true),
        (Trouble::DropAfter, Class::TryAgain, true),
        (Trouble::HangBefore, Class::TryAgain, true),
        (Trouble::HangAfter, Class::TryAgain, true),
        (Trouble::Html(502), Class::TryAgain, true),
        (Trouble::HtmlAfter(502), Class::TryAgain, true),
        (Trouble::HtmlAfter(200), Class::Unreadable, true),
        (
            Trouble::Status(400, json!({"code": 3161, "message": "no"})),
            Class::Refused,
            false,
        ),
        (
            Trouble::DailyLimitAccount,
            Class::WaitUntil(midnight),
            false,
        ),
        (
            Trouble::DailyLimitUser,
            Class::WaitUntil(WaitUntil::NextUtcMidnight),
            false,
        ),
    ] {
        stage
            .handle
            .fault(Fault::once(Operation::Create, trouble.clone()));
        let error = client.create_meeting(&access, &draft()).await.unwrap_err();
        assert_eq!(
            (error.class(), error.outcome_unknown()),
            (class, unknown),
            "{trouble:?}"
        );
    }
    assert_eq!(
        stage.handle.meetings().len(),
        4,
        "those carried out before the trouble"
    );
}

#[tokio::test]
async fn a_missing_scope_is_understood() {
    let stage = stage().await;
    let mut app = app();
    app.scopes.retain(|scope| scope != "meeting:write:meeting");
    stage.handle.set_app(app);
    let token = stage.connect(MARA).await.access;
    let access = Access {
        token: token.into(),
        api_url: None,
        caller: None,
    };
    let error = client(&stage)
        .create_meeting(&access, &draft())
        .await
        .unwrap_err();
    let Class::ScopeMissing(scopes) = error.class() else {
        panic!("{error:?}")
    };
    assert!(scopes.iter().any(|scope| scope == "meeting:write:meeting"));
}

#[tokio::test]
async fn webhooks_pass_the_clients_check() {
    let receiver = Receiver::start().await;
    let stage = stage().await;
    let mut app = app();
    app.webhook_url = Some(receiver.url.clone());
    stage.handle.set_app(app);
    stage.connect(MARA).await;
    stage.handle.remove_app(MARA, "client-1");
    let webhook = receiver.expect("app_deauthorized", 1).await.remove(0);
    let header = |name: &str| webhook.headers[name].to_str().unwrap().to_owned();
    zoom_client::webhook::verify(
        &["hook-secret-1".into()],
        &header("x-zm-request-timestamp"),
        &header("x-zm-signature"),
        &webhook.raw,
    )
    .unwrap();
    let envelope = zoom_client::webhook::parse(&webhook.raw).unwrap();
    assert_eq!(envelope.name, "app_deauthorized");
    assert!(matches!(
        envelope.event,
        zoom_client::webhook::Event::AppDeauthorized { deauthorized_at: Some(at), .. }
            if at == stage.clock.now()
    ));
}
