use serde_json::json;
use zoom_client::{
    AutoRecording, Class, MeetingDraft, MeetingId, MeetingPatch, MeetingSettings, MeetingStatus,
};

use crate::peer::{Peer, access, answer};

const MEETING: &str = r#"{"uuid":"xD3bKxUkSZ+6eqXLGsXklg==","id":85746065432,
    "host_id":"30R7kT7bTIKSNUFEuH_Qlg","host_email":"a@example.com","topic":"Weekly","type":2,
    "status":"waiting","start_time":"2026-12-01T09:00:00Z","duration":30,
    "timezone":"Europe/Berlin","agenda":"Plan","created_at":"2026-11-22T10:00:00Z",
    "start_url":"https://us06web.zoom.us/s/85746065432?zak=host-key",
    "join_url":"https://us06web.zoom.us/j/85746065432?pwd=abc.1","chat_join_url":"https://x",
    "password":"123456","h323_password":"1","settings":{"waiting_room":false,
    "join_before_host":true,"mute_upon_entry":true,"auto_recording":"cloud","jbh_time":0},
    "pre_schedule":false,"creation_source":"open_api"}"#;

const ID: MeetingId = MeetingId(85_746_065_432);

fn draft() -> MeetingDraft {
    MeetingDraft {
        topic: "Weekly".to_owned(),
        agenda: "Plan".to_owned(),
        start_time: "2026-12-01T09:00:00.5Z".parse().unwrap(),
        duration_minutes: 30,
        time_zone: "Europe/Berlin".to_owned(),
        settings: MeetingSettings {
            mute_upon_entry: true,
            ..MeetingSettings::default()
        },
    }
}

#[tokio::test]
async fn a_meeting_is_created_with_every_promised_setting_sent() {
    let peer = Peer::answering([answer(201, MEETING)]).await;
    let meeting = peer
        .client()
        .create_meeting(&access(), &draft())
        .await
        .unwrap();

    assert_eq!(meeting.id, ID);
    assert_eq!(meeting.uuid.as_deref(), Some("xD3bKxUkSZ+6eqXLGsXklg=="));
    assert_eq!(meeting.host_id.as_deref(), Some("30R7kT7bTIKSNUFEuH_Qlg"));
    assert_eq!(meeting.host_email.as_deref(), Some("a@example.com"));
    assert_eq!(meeting.topic, "Weekly");
    assert_eq!(meeting.agenda.as_deref(), Some("Plan"));
    assert_eq!(
        meeting.start_time,
        Some("2026-12-01T09:00:00Z".parse().unwrap())
    );
    assert_eq!(meeting.duration_minutes, Some(30));
    assert_eq!(meeting.time_zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(
        meeting.created_at,
        Some("2026-11-22T10:00:00Z".parse().unwrap())
    );
    assert_eq!(
        meeting.join_url,
        "https://us06web.zoom.us/j/85746065432?pwd=abc.1"
    );
    assert_eq!(meeting.passcode.as_deref(), Some("123456"));
    assert_eq!(meeting.kind, Some(2));
    assert_eq!(meeting.status, Some(MeetingStatus::Waiting));
    assert_eq!(meeting.settings.auto_recording, Some(AutoRecording::Cloud));

    let asked = &peer.asked()[0];
    assert_eq!(asked.line, "POST /v2/users/me/meetings");
    assert_eq!(asked.headers["authorization"], "Bearer access-token-1");
    assert_eq!(asked.headers["content-type"], "application/json");
    assert_eq!(
        asked.json(),
        json!({
            "topic": "Weekly", "agenda": "Plan", "type": 2,
            "start_time": "2026-12-01T09:00:00Z", "duration": 30, "timezone": "Europe/Berlin",
            "default_password": true,
            "settings": {
                "waiting_room": false, "join_before_host": false, "mute_upon_entry": true,
                "auto_recording": "none", "use_pmi": false
            }
        })
    );
}

#[tokio::test]
async fn settings_that_an_account_has_locked_are_named() {
    let peer = Peer::answering([answer(201, MEETING)]).await;
    let draft = draft();
    let meeting = peer
        .client()
        .create_meeting(&access(), &draft)
        .await
        .unwrap();
    assert_eq!(
        meeting.differences(&draft.settings),
        ["join_before_host", "auto_recording"]
    );
}

#[tokio::test]
async fn a_passcode_that_is_not_as_asked_and_a_personal_room_are_named() {
    let room = r#"{"id":1,"type":4,"join_url":"https://zoom.us/j/1","status":"started",
        "settings":{"use_pmi":true}}"#;
    let peer = Peer::answering([answer(201, MEETING), answer(201, room)]).await;
    let client = peer.client();
    let open = MeetingDraft {
        settings: MeetingSettings {
            passcode: false,
            join_before_host: true,
            mute_upon_entry: true,
            auto_recording: AutoRecording::Cloud,
            ..MeetingSettings::default()
        },
        ..draft()
    };
    let meeting = client.create_meeting(&access(), &open).await.unwrap();
    assert_eq!(meeting.differences(&open.settings), ["passcode"]);
    let room = client.create_meeting(&access(), &draft()).await.unwrap();
    assert_eq!(
        (room.kind, room.status),
        (Some(4), Some(MeetingStatus::Started))
    );
    assert_eq!(room.differences(&draft().settings), ["use_pmi", "passcode"]);
    let asked = peer.asked();
    assert_eq!(asked[0].json()["default_password"], false);
    assert_eq!(asked[1].json()["default_password"], true);
    assert_eq!(asked[0].json()["settings"]["use_pmi"], false);
}

#[tokio::test]
async fn long_texts_are_cut_between_characters() {
    let peer = Peer::answering([answer(201, MEETING)]).await;
    let long = MeetingDraft {
        topic: "ü".repeat(300),
        agenda: "🏢".repeat(3000),
        ..draft()
    };
    peer.client()
        .create_meeting(&access(), &long)
        .await
        .unwrap();
    let sent = peer.asked()[0].json();
    assert_eq!(sent["topic"], "ü".repeat(200));
    assert_eq!(sent["agenda"], "🏢".repeat(2000));
}

#[tokio::test]
async fn a_sparse_answer_with_its_id_as_text_is_read() {
    let body = r#"{"id":"85746065432","duration":"30","start_time":"soon","password":"",
        "settings":{"waiting_room":"yes"},"join_url":"https://zoom.us/j/1"}"#;
    let peer = Peer::answering([answer(200, body)]).await;
    let meeting = peer.client().meeting(&access(), ID).await.unwrap();
    assert_eq!(meeting.id, ID);
    assert_eq!((meeting.duration_minutes, meeting.start_time), (None, None));
    assert_eq!(
        (meeting.passcode, meeting.settings.waiting_room),
        (None, None)
    );
    assert_eq!(peer.asked()[0].line, "GET /v2/meetings/85746065432");
}

#[tokio::test]
async fn a_link_that_is_no_web_address_makes_the_answer_unreadable() {
    for link in [
        r#""javascript:alert(1)""#,
        r#""ftp://zoom.us/j/1""#,
        r#""/j/1""#,
        r#""""#,
        "null",
    ] {
        let body = format!(r#"{{"id":1,"topic":"t","join_url":{link}}}"#);
        let peer = Peer::answering([answer(201, body)]).await;
        let error = peer
            .client()
            .create_meeting(&access(), &draft())
            .await
            .unwrap_err();
        assert_eq!(error.class(), Class::Unreadable, "{link}");
        assert!(error.outcome_unknown(), "{link}");
    }
}

#[tokio::test]
async fn a_change_sends_only_what_changes() {
    let peer = Peer::answering([answer(204, "")]).await;
    let patch = MeetingPatch {
        start_time: Some("2026-12-01T10:00:00Z".parse().unwrap()),
        duration_minutes: Some(45),
        ..MeetingPatch::default()
    };
    peer.client()
        .update_meeting(&access(), ID, &patch)
        .await
        .unwrap();
    let asked = &peer.asked()[0];
    assert_eq!(asked.line, "PATCH /v2/meetings/85746065432");
    assert_eq!(
        asked.json(),
        json!({"start_time": "2026-12-01T10:00:00Z", "duration": 45})
    );
}

#[tokio::test]
async fn settings_change_all_together_and_leave_the_passcode() {
    let peer = Peer::answering([answer(204, "")]).await;
    let patch = MeetingPatch {
        settings: Some(MeetingSettings {
            waiting_room: true,
            ..MeetingSettings::default()
        }),
        ..MeetingPatch::default()
    };
    peer.client()
        .update_meeting(&access(), ID, &patch)
        .await
        .unwrap();
    assert_eq!(
        peer.asked()[0].json(),
        json!({"settings": {
            "waiting_room": true, "join_before_host": false, "mute_upon_entry": false,
            "auto_recording": "none", "use_pmi": false
        }})
    );
}

#[tokio::test]
async fn a_change_of_nothing_makes_no_call() {
    let peer = Peer::answering([]).await;
    peer.client()
        .update_meeting(&access(), ID, &MeetingPatch::default())
        .await
        .unwrap();
    assert!(peer.asked().is_empty());
}

#[tokio::test]
async fn a_meeting_is_deleted_and_the_second_time_not_found() {
    let gone = r#"{"code":3001,"message":"Meeting does not exist: 85746065432."}"#;
    let peer = Peer::answering([answer(204, ""), answer(404, gone)]).await;
    let client = peer.client();
    client.delete_meeting(&access(), ID).await.unwrap();
    let error = client.delete_meeting(&access(), ID).await.unwrap_err();
    assert_eq!(error.class(), Class::NotFound);
    assert_eq!(peer.asked()[1].line, "DELETE /v2/meetings/85746065432");
}

#[tokio::test]
async fn a_success_that_is_not_zooms_proves_no_deletion() {
    for body in ["", "{}", r#"[{"weather":"fine"}]"#, "<html></html>"] {
        let peer = Peer::answering([answer(200, body)]).await;
        let gone = peer.client().delete_meeting(&access(), ID).await;
        let error = gone.unwrap_err();
        assert_eq!(error.class(), Class::Unreadable, "{body}");
        assert!(error.outcome_unknown());
    }
}

#[tokio::test]
async fn all_pages_of_the_list_are_read() {
    let first = r#"{"page_size":300,"total_records":2,"next_page_token":"more+/=","meetings":[
        {"uuid":"a==","id":97763643886,"topic":"One","type":2,"start_time":"2026-12-01T09:00:00Z",
         "duration":60,"timezone":"UTC","created_at":"2026-11-22T10:00:00Z","agenda":"mark","join_url":"https://z/j/1"}]}"#;
    let second = r#"{"next_page_token":"","meetings":[{"id":2,"topic":"Two"}]}"#;
    let peer = Peer::answering([answer(200, first), answer(200, second)]).await;
    let meetings = peer.client().scheduled_meetings(&access()).await.unwrap();
    assert_eq!(
        meetings
            .iter()
            .map(|m| m.topic.as_str())
            .collect::<Vec<_>>(),
        ["One", "Two"]
    );
    assert_eq!(meetings[0].agenda.as_deref(), Some("mark"));
    assert_eq!(
        (meetings[0].kind, meetings[0].time_zone.as_deref()),
        (Some(2), Some("UTC"))
    );
    assert_eq!(
        meetings[0].created_at,
        Some("2026-11-22T10:00:00Z".parse().unwrap())
    );
    let lines: Vec<_> = peer.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        lines,
        [
            "GET /v2/users/me/meetings?type=scheduled&page_size=300",
            "GET /v2/users/me/meetings?type=scheduled&page_size=300&next_page_token=more%2B%2F%3D"
        ]
    );
}

#[tokio::test]
async fn a_list_that_cannot_be_read_to_its_end_is_an_error() {
    let page = r#"{"next_page_token":"again","meetings":[{"id":1}]}"#;
    let endings = [
        (answer(200, page), Class::Unreadable),
        (answer(200, r#"{"next_page_token":""}"#), Class::Unreadable),
        (
            answer(200, r#"{"meetings":[{"topic":"without id"}]}"#),
            Class::Unreadable,
        ),
        (answer(503, ""), Class::TryAgain),
    ];
    for (ending, class) in endings {
        let peer = Peer::answering([answer(200, page), ending]).await;
        let error = peer
            .client()
            .scheduled_meetings(&access())
            .await
            .unwrap_err();
        assert_eq!(error.class(), class);
        assert_eq!(peer.asked().len(), 2);
    }
}

#[tokio::test]
async fn the_users_profile_is_read() {
    let body = r#"{"id":"z8yCxjabcdEFGHfp8uQ","account_id":"AAAAAABBBB","email":"a@example.com",
        "display_name":"Ada L.","first_name":"Ada","last_name":"L.","type":1,
        "timezone":"Europe/Berlin","pmi":1234567890,"group_ids":[]}"#;
    let peer = Peer::answering([answer(200, body)]).await;
    let user = peer.client().me(&access()).await.unwrap();
    assert_eq!(user.id, "z8yCxjabcdEFGHfp8uQ");
    assert_eq!(user.account_id.as_deref(), Some("AAAAAABBBB"));
    assert_eq!(user.email.as_deref(), Some("a@example.com"));
    assert_eq!(user.display_name.as_deref(), Some("Ada L."));
    assert_eq!(
        (user.kind, user.time_zone.as_deref()),
        (Some(1), Some("Europe/Berlin"))
    );
}

#[test]
fn a_meeting_id_is_a_positive_number_as_text_too() {
    assert_eq!("85746065432".parse(), Ok(ID));
    assert_eq!(ID.to_string(), "85746065432");
    assert_eq!(serde_json::to_string(&ID).unwrap(), "85746065432");
    for text in ["", "0", "-1", "12a", "99999999999999999999"] {
        assert!(text.parse::<MeetingId>().is_err(), "{text}");
    }
    assert_eq!(serde_json::from_str("85746065432").ok(), Some(ID));
    for json in ["0", "-1", "1.5", "\"0\"", "\"-1\"", "null"] {
        assert!(serde_json::from_str::<MeetingId>(json).is_err(), "{json}");
    }
}
