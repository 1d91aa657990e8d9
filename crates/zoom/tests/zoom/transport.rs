//! Another way to Zoom: what it answers is read as over HTTP, and what it loses counts the same.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http;
use zoom_client::transport::{Loss, Sending, Transport};
use zoom_client::{Class, Client};

use crate::peer::{access, client};

/// Says the same to everybody, and writes down what was asked.
#[derive(Debug)]
struct Pigeon {
    says: fn() -> Result<reqwest::Response, Loss>,
    asked: Mutex<Vec<String>>,
}

impl Transport for Pigeon {
    fn send(&self, request: reqwest::Request) -> Sending<'_> {
        let line = format!("{} {}", request.method(), request.url().path());
        self.asked.lock().unwrap().push(line);
        Box::pin(async { (self.says)() })
    }
}

fn by(says: fn() -> Result<reqwest::Response, Loss>) -> (Client, Arc<Pigeon>) {
    let pigeon = Arc::new(Pigeon {
        says,
        asked: Mutex::default(),
    });
    let nowhere = "http://127.0.0.1:1".parse().unwrap();
    let client = client(&nowhere, Duration::from_secs(1)).over(Arc::clone(&pigeon) as _);
    (client, pigeon)
}

#[tokio::test]
async fn an_answer_is_read_whoever_brings_it() {
    let (client, pigeon) = by(|| {
        let body = r#"{"id": "u1", "type": 2}"#;
        Ok(http::Response::new(body).into())
    });
    assert_eq!(client.me(&access()).await.unwrap().id, "u1");
    assert_eq!(*pigeon.asked.lock().unwrap(), ["GET /v2/users/me"]);
}

#[tokio::test]
async fn an_answer_that_got_lost_leaves_the_outcome_open() {
    let (client, _) = by(|| Err(Loss::Unanswered(None)));
    let error = client.me(&access()).await.unwrap_err();
    assert_eq!(error.class(), Class::TryAgain);
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn what_was_not_sent_was_not_done() {
    let (client, _) = by(|| Err(Loss::Unsent(None)));
    let error = client.me(&access()).await.unwrap_err();
    assert_eq!(error.class(), Class::TryAgain);
    assert!(!error.outcome_unknown());
}
