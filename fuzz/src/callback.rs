//! Fed: who comes back from Zoom on the first line, `mara` or `ada` or nobody, and the query they
//! come with after it. `{state}` is the state of an attempt that Mara has just begun, `{foreign}` of
//! one that Ada has, `{used}` of one that is over, and `{code}` a code that Zoom gave Mara.
//!
//! Holds: no answer is a 5xx, none leads to another server, and none says back what was sent as
//! markup. There is a connection more, or a renewed one, only where Mara came with her own state
//! and with the code, and there always is where she came with just these.

use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use rooms_app::zoom::connect;
use rooms_testkit::app::ZOOM_JONAS;
use url::Url;

use crate::forms::{leads_here_or_to_zoom, unmarked};
use crate::script::{Asked, filled};
use crate::stage::{self, Answer, Person, Stage};

/// Feeds one input.
pub fn feed(data: &[u8]) {
    stage::on(async |stage| {
        let text = String::from_utf8_lossy(data);
        let (who, query) = text.split_once('\n').unwrap_or((&text, ""));
        let live = live(stage, query).await;
        let query = filled(query, &live);
        let before = connected(stage).await;
        let Some(answer) = come_back(stage, who, &query).await else {
            return;
        };
        let made = connected(stage).await - before;
        holds(stage, &answer);

        let word = |name: &str| live.iter().find(|(known, _)| *known == name);
        let sent: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let is_sent = |name: &str, word: &str| sent.iter().any(|(n, w)| n == name && w == word);
        let hers = word("{state}").is_some_and(|(_, state)| is_sent("state", state))
            && word("{code}").is_some_and(|(_, code)| is_sent("code", code));
        assert!(
            made == 0 || (made == 1 && who == "mara" && hers),
            "{made} made"
        );
        assert!(
            made == 1 || !(who == "mara" && hers && sent.len() == 2),
            "none made"
        );
    });
}

/// The words that the query names, each made anew.
async fn live(stage: &Stage, query: &str) -> Vec<(&'static str, String)> {
    let mut live = Vec::new();
    let begins_herself = ["{state}", "{code}"]
        .iter()
        .any(|word| query.contains(word));
    if begins_herself {
        let there = begin(stage, &stage.mara).await;
        live.push(("{state}", state(&there)));
        if query.contains("{code}") {
            let browser = stage.app.browser();
            let back = browser.consent(&there, ZOOM_JONAS, "allow").await;
            let code = back.query_pairs().find(|(name, _)| name == "code");
            live.push(("{code}", code.expect("a code").1.into_owned()));
        }
    }
    if query.contains("{foreign}") {
        live.push(("{foreign}", state(&begin(stage, &stage.ada).await)));
    }
    if query.contains("{used}") {
        let used = state(&begin(stage, &stage.mara).await);
        let declined = format!("error=access_denied&state={used}");
        come_back(stage, "mara", &declined).await;
        live.push(("{used}", used));
    }
    live
}

async fn begin(stage: &Stage, who: &Person) -> Url {
    let visitor = who.visitor(&stage.app).await.expect("an open session");
    let there = connect::begin(&stage.app.app, &visitor).await;
    there.expect("a way to Zoom")
}

fn state(there: &Url) -> String {
    let state = there.query_pairs().find(|(name, _)| name == "state");
    state.expect("a state").1.into_owned()
}

async fn come_back(stage: &Stage, who: &str, query: &str) -> Option<Answer> {
    let line = format!("{who} GET /zoom_callback?{}", query.replace('\n', "%0A"));
    let asked = Asked::read(line.as_bytes(), &[]);
    let mut request: Request<Body> = asked.request("text/plain", Vec::new())?;
    if let Some(person) = stage.person(who) {
        let cookie = HeaderValue::try_from(person.cookie()).expect("a cookie");
        request.headers_mut().insert(header::COOKIE, cookie);
    }
    Some(stage.ask(request).await)
}

fn holds(stage: &Stage, answer: &Answer) {
    let page = String::from_utf8_lossy(&answer.body);
    assert!(
        !answer.status.is_server_error(),
        "{}: {page}",
        answer.status
    );
    if answer.status.is_redirection() {
        leads_here_or_to_zoom(stage, answer.header(header::LOCATION));
    }
    unmarked(&page);
}

/// How often somebody was connected.
async fn connected(stage: &Stage) -> i64 {
    let sql = "SELECT COUNT(*) FROM audit WHERE action = 'zoom.connected'";
    stage.app.database().integers(sql).await[0]
}
