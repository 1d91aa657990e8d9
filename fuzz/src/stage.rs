//! The whole program as the targets ask it: the real router, without a socket, over a real SQLite
//! file, beside a simulator. It is made once per process, and anew after some hundreds of inputs,
//! so that it neither grows slow nor stays as one input has left it.

use std::net::SocketAddr;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use rooms_app::bookings;
use rooms_app::people::sessions::{self, Browser, Visitor};
use rooms_core::booking::Conference;
use rooms_testkit::app::ZOOM_MARA;
use rooms_testkit::{TestApp, TestPerson};
use rooms_web::csrf;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use crate::script::Asked;

/// What an answer may take. It takes milliseconds; this is what one calls hanging.
const LONGEST: Duration = Duration::from_secs(8);
/// As many inputs come to one stage.
const INPUTS: u32 = 400;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
});
static STAGE: Mutex<Option<Stage>> = Mutex::new(None);

/// Somebody with a token, an open session, and the token of its forms.
#[derive(Debug)]
pub struct Person {
    /// Who, and the token for the API.
    pub person: TestPerson,
    /// The session's token.
    pub session: String,
}

/// The program and who asks it.
pub struct Stage {
    /// The program.
    pub app: TestApp,
    router: Router,
    /// Ada, who is an admin.
    pub ada: Person,
    /// Mara, who books rooms and has connected Zoom.
    pub mara: Person,
    /// What stands for the words in braces.
    pub words: Vec<(&'static str, String)>,
    inputs: u32,
}

/// An answer, read whole unless it has no end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// One of its headers; empty where there is none.
    pub fn header(&self, name: header::HeaderName) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// Does something on the stage.
pub fn on(work: impl AsyncFnOnce(&mut Stage)) {
    let mut place = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
    RUNTIME.block_on(async {
        let mut stage = match place.take() {
            Some(stage) => stage.for_one_more().await,
            None => Stage::set().await,
        };
        work(&mut stage).await;
        *place = Some(stage);
    });
}

impl Stage {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let company = app.company("halden").await;
        let mara = app.officer(&company, "mara").await;
        let other = app.site(&company, "St. John's", "America/St_Johns").await;
        let aster = app.room(&company, "Aster").await;
        let birch = app.room(&company, "Birch").await;
        let connection = app.connect_zoom(&mara, ZOOM_MARA).await;
        let linked = app.book(&mara, &aster, 2, Some(Conference::Zoom)).await;
        let plain = app.book(&mara, &birch, 2, None).await;
        app.run_jobs().await;
        let linked = bookings::get(&app.app, &mara.actor, linked.booking.id)
            .await
            .expect("the booking");
        let meeting = linked.meeting.as_ref().and_then(|meeting| meeting.zoom_id);
        let words = vec![
            ("{ada}", company.admin.id().to_string()),
            ("{mara}", mara.id().to_string()),
            ("{site}", company.site.to_string()),
            ("{other}", other.id.to_string()),
            ("{room}", aster.id.to_string()),
            ("{birch}", birch.id.to_string()),
            ("{connection}", connection.id.to_string()),
            ("{linked}", linked.booking.id.to_string()),
            ("{plain}", plain.booking.id.to_string()),
            ("{meeting}", meeting.unwrap_or_default().to_string()),
            ("{zoom_user}", connection.zoom_user_id),
            ("{account}", connection.zoom_account_id),
            ("{last}", String::new()),
        ];
        Self {
            router: rooms_web::router(app.web.clone()),
            ada: Person::come(&app, company.admin).await,
            mara: Person::come(&app, mara).await,
            app,
            words,
            inputs: 0,
        }
    }

    /// The same stage, or a new one where an input has shut somebody out or enough have passed.
    async fn for_one_more(mut self) -> Self {
        self.inputs += 1;
        if self.inputs < INPUTS
            && self.ada.is_here(&self.app).await
            && self.mara.is_here(&self.app).await
        {
            self.set_word("{last}", String::new());
            return self;
        }
        self.app.shut_down().await;
        Self::set().await
    }

    /// Has the next input find a new stage.
    pub fn wear_out(&mut self) {
        self.inputs = INPUTS;
    }

    /// Sets what a word in braces stands for.
    pub fn set_word(&mut self, name: &'static str, word: String) {
        self.words.retain(|(known, _)| *known != name);
        self.words.push((name, word));
    }

    /// Who is meant; nobody by any other name.
    pub fn person(&self, who: &str) -> Option<&Person> {
        match who {
            "ada" => Some(&self.ada),
            "mara" => Some(&self.mara),
            _ => None,
        }
    }

    /// Asks the router.
    ///
    /// # Panics
    /// When no answer comes in time.
    pub async fn ask(&self, mut request: Request<Body>) -> Answer {
        let peer = SocketAddr::from(([127, 0, 0, 1], 1));
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = tokio::time::timeout(LONGEST, self.router.clone().oneshot(request)).await;
        let answer = match answer.expect("an answer in time") {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let mut answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body: Bytes::new(),
        };
        // What goes on as long as somebody listens is not listened to.
        if answer.header(header::CONTENT_TYPE) != "text/event-stream" {
            let body = tokio::time::timeout(LONGEST, body.collect()).await;
            let body = body.expect("a body in time").expect("a whole body");
            answer.body = body.to_bytes();
        }
        answer
    }

    /// Remembers the id of what an answer leads to, for the next request.
    pub fn remember(&mut self, answer: &Answer) {
        let place = answer.header(header::LOCATION);
        let place = place.split('?').next().unwrap_or_default();
        if let Some((_, id)) = place.rsplit_once('/')
            && !id.is_empty()
        {
            let id = id.to_owned();
            self.set_word("{last}", id);
        }
    }

    /// Reads a request with the words of now. `jobs` in the place of one does the work that is due.
    pub async fn read(&self, block: &[u8]) -> Option<Asked> {
        if block == b"jobs" {
            self.app.run_jobs().await;
            return None;
        }
        Some(Asked::read(block, &self.words))
    }
}

impl Person {
    async fn come(app: &TestApp, person: TestPerson) -> Self {
        let whose = (person.actor.company, person.actor.person);
        let opened = sessions::open(&app.app, whose, &Browser::default())
            .await
            .expect("a session");
        Self {
            person,
            session: opened.session,
        }
    }

    async fn is_here(&mut self, app: &TestApp) -> bool {
        if self.visitor(app).await.is_none() {
            *self = Self::come(app, self.person.clone()).await;
        }
        let visitor = self.visitor(app).await;
        visitor.is_some_and(|visitor| !visitor.confined)
    }

    /// Who their session carries.
    pub async fn visitor(&self, app: &TestApp) -> Option<Visitor> {
        let visitor = sessions::visitor(&app.app, &self.session).await;
        visitor.expect("the database answers")
    }

    /// Their cookie.
    pub fn cookie(&self) -> String {
        format!("session={}", self.session)
    }

    /// The token of their forms.
    pub fn csrf(&self, stage: &Stage) -> String {
        csrf::token(stage.app.app.sealer(), &self.session)
    }
}
