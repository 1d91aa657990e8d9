use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use zoom_client::watch::{Call, Caller, Category, Held, Watch, Watching};
use zoom_client::{
    Access, Class, Error, Limit, MeetingDraft, MeetingId, MeetingPatch, MeetingSettings, WaitUntil,
};

use crate::peer::{Peer, access, answer};

/// Writes down what it sees, and holds calls while it is told to.
#[derive(Debug, Default)]
struct Notes {
    seen: Mutex<Vec<String>>,
    hold: Mutex<Option<Held>>,
}

impl Watch for Notes {
    fn before<'a>(&'a self, call: &'a Call) -> Watching<'a, Result<(), Held>> {
        Box::pin(async move {
            let weight = match call.category {
                Some(Category::Light) => "light",
                Some(Category::Medium) => "medium",
                None => "unweighed",
            };
            let who = call
                .caller
                .as_ref()
                .map_or("nobody", |c| c.user_id.as_str());
            let change = if call.is_change { " change" } else { "" };
            let line = format!("{} {weight}{change} of {who}", call.operation);
            self.seen.lock().unwrap().push(line);
            self.hold.lock().unwrap().map_or(Ok(()), Err)
        })
    }

    fn after<'a>(&'a self, call: &'a Call, outcome: Result<(), &'a Error>) -> Watching<'a, ()> {
        Box::pin(async move {
            let class = outcome.err().map(Error::class);
            let line = format!("{} {class:?}", call.operation);
            self.seen.lock().unwrap().push(line);
        })
    }
}

impl Notes {
    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

fn of_ada() -> Access {
    Access {
        caller: Some(Caller {
            user_id: "ada".to_owned(),
            account_id: "account".to_owned(),
            licensed: None,
        }),
        ..access()
    }
}

#[tokio::test]
async fn every_call_is_seen_with_its_weight_and_what_came_of_it() {
    let meeting = r#"{"id":1,"join_url":"https://zoom.us/j/1"}"#;
    let peer = Peer::answering([
        answer(201, meeting),
        answer(204, ""),
        answer(200, meeting),
        answer(200, r#"{"meetings":[]}"#),
        answer(204, ""),
        answer(429, ""),
        answer(200, r#"{"access_token":"a","refresh_token":"r"}"#),
    ])
    .await;
    let notes = Arc::new(Notes::default());
    let client = peer.client().watched_by(Arc::clone(&notes) as _);
    let (ada, id) = (of_ada(), MeetingId(1));
    let draft = MeetingDraft {
        topic: String::new(),
        agenda: String::new(),
        start_time: Timestamp::UNIX_EPOCH,
        duration_minutes: 30,
        time_zone: "UTC".to_owned(),
        settings: MeetingSettings::default(),
    };
    let patch = MeetingPatch {
        topic: Some("x".to_owned()),
        ..MeetingPatch::default()
    };
    client.create_meeting(&ada, &draft).await.unwrap();
    client.update_meeting(&ada, id, &patch).await.unwrap();
    client.meeting(&ada, id).await.unwrap();
    client.scheduled_meetings(&ada).await.unwrap();
    client.delete_meeting(&ada, id).await.unwrap();
    client.me(&ada).await.unwrap_err();
    client.refresh(&"old".into()).await.unwrap();
    assert_eq!(
        notes.taken(),
        [
            "create_meeting medium change of ada",
            "create_meeting None",
            "update_meeting light change of ada",
            "update_meeting None",
            "meeting light of ada",
            "meeting None",
            "scheduled_meetings medium of ada",
            "scheduled_meetings None",
            "delete_meeting light of ada",
            "delete_meeting None",
            "me light of ada",
            "me Some(WaitUntil(Unspecified))",
            "refresh unweighed of nobody",
            "refresh None",
        ]
    );
}

#[tokio::test]
async fn a_call_that_is_held_is_never_sent_and_says_until_when() {
    let peer = Peer::answering([answer(204, "")]).await;
    let notes = Arc::new(Notes::default());
    let client = peer.client().watched_by(Arc::clone(&notes) as _);
    let until = Timestamp::UNIX_EPOCH;
    *notes.hold.lock().unwrap() = Some(Held {
        until,
        limit: Limit::UserPerDay,
    });
    let error = client
        .delete_meeting(&of_ada(), MeetingId(1))
        .await
        .unwrap_err();
    assert_eq!(error.class(), Class::WaitUntil(WaitUntil::At(until)));
    assert_eq!(error.limit(), Some(Limit::UserPerDay));
    assert_eq!((error.outcome_unknown(), error.status()), (false, None));
    assert!(peer.asked().is_empty());
    assert_eq!(notes.taken(), ["delete_meeting light of ada"]);
    *notes.hold.lock().unwrap() = None;
    client
        .delete_meeting(&of_ada(), MeetingId(1))
        .await
        .unwrap();
    assert_eq!(peer.asked().len(), 1);
}
