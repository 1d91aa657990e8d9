//! Fed: up to eight requests to the JSON API with a token, as [`crate::script`] reads them; `jobs`
//! in the place of a request does the work that is due.
//!
//! Holds: no answer is a 5xx. Every 4xx is a problem document (RFC 9457) that names its own status,
//! what is a success and says JSON is JSON, 201 says where. What a change answers is what is read
//! back, and afterwards the database still answers.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use serde_json::Value;

use crate::script::{self, Asked};
use crate::stage::{self, Answer, Stage};

/// Feeds one input.
pub fn feed(data: &[u8]) {
    stage::on(async |stage| {
        for block in script::blocks(data) {
            let Some(asked) = stage.read(block).await else {
                continue;
            };
            let asked = below_api(asked);
            let Some(request) = request(stage, &asked) else {
                continue;
            };
            let answer = stage.ask(request).await;
            holds(&asked, &answer);
            reads_back(stage, &asked, &answer).await;
            stage.remember(&answer);
        }
        still_there(stage).await;
    });
}

/// Other addresses are the pages', which [`crate::forms`] asks for.
fn below_api(asked: Asked) -> Asked {
    if asked.path.starts_with("/api/") {
        return asked;
    }
    Asked {
        path: format!("/api/v1{}", asked.path),
        ..asked
    }
}

fn request(stage: &Stage, asked: &Asked) -> Option<Request<Body>> {
    let mut request = asked.request("application/json", asked.as_json())?;
    if let Some(who) = stage.person(&asked.who) {
        let token = format!("Bearer {}", who.person.token);
        let token = HeaderValue::try_from(token).expect("a token");
        request.headers_mut().insert(header::AUTHORIZATION, token);
    }
    Some(request)
}

fn holds(asked: &Asked, answer: &Answer) {
    let (status, kind) = (answer.status, answer.header(header::CONTENT_TYPE));
    let said = String::from_utf8_lossy(&answer.body);
    assert!(!status.is_server_error(), "{status}: {said}");
    assert!(
        status.is_success() || status.is_client_error(),
        "{status} of an API"
    );
    if asked.method == Method::HEAD {
        return;
    }
    let json = || serde_json::from_slice::<Value>(&answer.body).expect("JSON");
    if status.is_client_error() {
        assert_eq!(kind, "application/problem+json", "{status}: {said}");
        let problem = json();
        assert_eq!(problem["status"], status.as_u16(), "{said}");
        let text = |name: &str| problem[name].as_str().expect("a text").to_owned();
        assert!(text("type").starts_with("https://"), "{said}");
        assert!(
            !text("title").is_empty() && !text("detail").is_empty(),
            "{said}"
        );
    } else if kind.starts_with("application/json") {
        json();
    }
    if status == StatusCode::CREATED {
        assert!(
            answer.header(header::LOCATION).starts_with("/api/v1/"),
            "{said}"
        );
    }
}

/// What was made or changed is there as the answer said.
async fn reads_back(stage: &Stage, asked: &Asked, answer: &Answer) {
    let is_change = [Method::POST, Method::PATCH].contains(&asked.method);
    if !is_change || !answer.status.is_success() {
        return;
    }
    let path = asked.path.split(['/', '?']).nth(3).unwrap_or_default();
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let Some(id) = said["id"].as_str() else {
        return;
    };
    let line = format!("{} GET /{path}/{id}", asked.who);
    let asked = below_api(Asked::read(line.as_bytes(), &[]));
    let request = request(stage, &asked).expect("a request");
    let answer = stage.ask(request).await;
    holds(&asked, &answer);
    let read: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(read, said, "{}", asked.path);
}

async fn still_there(stage: &Stage) {
    for path in ["/rooms?limit=500", "/bookings?limit=500"] {
        let asked = Asked::read(format!("ada GET {path}").as_bytes(), &[]);
        let asked = below_api(asked);
        let request = request(stage, &asked).expect("a request");
        let answer = stage.ask(request).await;
        assert_eq!(answer.status, StatusCode::OK, "{path} afterwards");
        holds(&asked, &answer);
    }
}
