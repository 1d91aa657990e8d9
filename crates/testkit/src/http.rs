//! What talks to the program in a test: a program with a token, and a browser with cookies.

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use url::Url;

static CLIENT: LazyLock<()> = LazyLock::new(|| {
    // Somebody else in this process may have done it, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
});

#[expect(
    clippy::expect_used,
    reason = "a test whose stage does not stand has failed"
)]
fn client() -> Client {
    LazyLock::force(&CLIENT);
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .no_proxy()
        .build()
        .expect("a client")
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
    /// What was asked.
    pub url: Url,
}

#[expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "an answer of another kind fails the test"
)]
impl Answer {
    async fn of(request: RequestBuilder) -> Self {
        let answer = request.send().await.expect("an answer");
        Self {
            status: answer.status(),
            headers: answer.headers().clone(),
            url: answer.url().clone(),
            body: answer.bytes().await.expect("a whole answer").to_vec(),
        }
    }

    /// Its body as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    /// Its body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// Its body as JSON, if it has this status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "often it is only checked")]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}: {}",
            self.url,
            self.text()
        );
        self.json()
    }

    /// Its problem document, if it has this status and is of this kind.
    ///
    /// # Panics
    /// When it is something else.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "often it is only checked")]
    pub fn problem(&self, status: u16, kind: &str) -> Value {
        let problem = self.ok(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], status);
        let found = problem["type"].as_str().unwrap_or_default();
        assert!(
            found.ends_with(&format!("/{kind}")),
            "{found} is not {kind}: {problem}"
        );
        assert!(
            problem["title"].is_string() && problem["detail"].is_string(),
            "{problem}"
        );
        problem
    }

    /// One of its headers; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Where it leads.
    ///
    /// # Panics
    /// When it leads nowhere.
    #[must_use]
    #[track_caller]
    pub fn location(&self) -> Url {
        let found = self.header("location");
        assert!(
            !found.is_empty(),
            "{} {} leads nowhere: {}",
            self.status,
            self.url,
            self.text()
        );
        self.url.join(found).expect("an address")
    }
}

/// An answer that goes on as long as somebody listens.
#[derive(Debug)]
pub struct Live {
    /// Its head; the whole of it where it is an ordinary answer.
    pub head: Answer,
    rest: Option<reqwest::Response>,
}

#[expect(clippy::expect_used, reason = "a stream that breaks fails the test")]
impl Live {
    /// What comes next; nothing once it has ended.
    ///
    /// # Panics
    /// When it breaks off, or nothing comes for long.
    pub async fn next(&mut self) -> Option<String> {
        let chunk = self.rest.as_mut()?.chunk().await.expect("what comes next");
        chunk.map(|chunk| String::from_utf8_lossy(&chunk).into_owned())
    }
}

/// A program that uses the API.
#[derive(Debug, Clone)]
pub struct Api {
    client: Client,
    base: Url,
    token: Option<String>,
}

#[expect(clippy::expect_used, reason = "a test that asks nonsense has failed")]
impl Api {
    /// A program that asks the server at an address, with a token where it has one.
    #[must_use]
    pub fn new(base: Url, token: Option<String>) -> Self {
        Self {
            client: client(),
            base,
            token,
        }
    }

    /// The same program with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// A request to be filled; paths without a leading slash are below `/api/v1/`.
    ///
    /// # Panics
    /// When the path is none.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/api/v1/{path}")
        };
        let request = self
            .client
            .request(method, self.base.join(&path).expect("a path"));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request).await
    }

    /// Sends a request whose answer may never end, and reads no more of such a one than its head.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn follow(&self, request: RequestBuilder) -> Live {
        let answer = request.send().await.expect("an answer");
        let mut live = Live {
            head: Answer {
                status: answer.status(),
                headers: answer.headers().clone(),
                url: answer.url().clone(),
                body: Vec::new(),
            },
            rest: None,
        };
        if live.head.header("content-type") == "text/event-stream" {
            live.rest = Some(answer);
        } else {
            live.head.body = answer.bytes().await.expect("a whole answer").to_vec();
        }
        live
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// `POST` with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    /// `POST` with JSON and an idempotency key.
    pub async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("idempotency-key", key);
        Answer::of(request.json(body)).await
    }

    /// `PATCH` with JSON, with `If-Match` where one is given.
    pub async fn patch(&self, path: &str, if_match: Option<&str>, body: &Value) -> Answer {
        let mut request = self.request(Method::PATCH, path).json(body);
        if let Some(tag) = if_match {
            request = request.header(header::IF_MATCH, tag);
        }
        Answer::of(request).await
    }
}

/// A browser without script: it keeps cookies by host, and follows nothing by itself.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    base: Url,
    jar: Mutex<HashMap<String, BTreeMap<String, String>>>,
}

#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that asks nonsense has failed"
)]
impl Browser {
    /// A browser with no cookies yet, for paths of this address.
    #[must_use]
    pub fn new(base: Url) -> Self {
        Self {
            client: client(),
            base,
            jar: Mutex::default(),
        }
    }

    /// A path of the program, or a whole address.
    ///
    /// # Panics
    /// When it is neither.
    #[must_use]
    pub fn address(&self, path: &str) -> Url {
        self.base.join(path).expect("an address")
    }

    /// The cookies for a host, as a header.
    #[must_use]
    pub fn cookies(&self, url: &Url) -> String {
        let jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs = jar.get(url.authority()).into_iter().flatten();
        pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Puts a cookie of the program into this browser, as somebody else might.
    pub fn plant(&self, name: &str, value: &str) {
        let mut jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        let jar = jar.entry(self.base.authority().to_owned()).or_default();
        jar.insert(name.to_owned(), value.to_owned());
    }

    /// A cookie of the program in this browser.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        let jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        jar.get(self.base.authority())?.get(name).cloned()
    }

    /// Sends a request with the cookies, and keeps those that come back.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn send(&self, url: Url, mut request: RequestBuilder) -> Answer {
        let cookies = self.cookies(&url);
        if !cookies.is_empty() {
            request = request.header(
                header::COOKIE,
                HeaderValue::try_from(cookies).expect("cookies of visible characters"),
            );
        }
        let answer = Answer::of(request).await;
        let mut jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        let jar = jar.entry(url.authority().to_owned()).or_default();
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap_or_default();
            let gone = set.to_lowercase().contains("max-age=0");
            if let Some((name, value)) = set.split(';').next().and_then(|pair| pair.split_once('='))
            {
                if gone {
                    jar.remove(name);
                } else {
                    jar.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        answer
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        let url = self.address(path);
        self.send(url.clone(), self.client.get(url)).await
    }

    /// Opens a page and every page it leads to.
    ///
    /// # Panics
    /// When it leads on and on.
    pub async fn visit(&self, path: &str) -> Answer {
        let mut answer = self.get(path).await;
        for _ in 0..10 {
            if !answer.status.is_redirection() {
                return answer;
            }
            answer = self.get(answer.location().as_str()).await;
        }
        panic!("{path} leads on and on");
    }

    /// Sends a form as it is.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let url = self.address(path);
        self.send(url.clone(), self.client.post(url).form(fields))
            .await
    }

    /// Opens a page, takes the form token from it, and sends a form with it to `action`.
    pub async fn post_form(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.csrf(page).await;
        let mut all = vec![("csrf", token.as_str())];
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }

    /// The form token of a page.
    ///
    /// # Panics
    /// When the page has none.
    pub async fn csrf(&self, page: &str) -> String {
        let page = self.visit(page).await;
        hidden(page.text(), "csrf")
            .unwrap_or_else(|| panic!("no form token on {}: {}", page.url, page.text()))
    }

    /// Signs in.
    ///
    /// # Panics
    /// When that is refused.
    pub async fn sign_in(&self, email: &str, password: &str) {
        let fields = [("email", email), ("password", password)];
        let answer = self.post_form("/sign-in", "/sign-in", &fields).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "sign-in: {}",
            answer.text()
        );
    }

    /// Signs in at the simulator and answers its consent page, `allow` or another answer; where
    /// it sends the browser.
    ///
    /// # Panics
    /// When the simulator does not play along.
    pub async fn consent(&self, authorize: &Url, zoom_email: &str, answer: &str) -> Url {
        let sign_in = authorize.join("/oauth/signin").expect("an address");
        let fields = [
            ("email", zoom_email),
            ("password", "zoom-demo"),
            ("return", "/console"),
        ];
        let signed_in = self.post(sign_in.as_str(), &fields).await;
        assert_eq!(
            signed_in.status,
            StatusCode::SEE_OTHER,
            "{}",
            signed_in.text()
        );
        let page = self.get(authorize.as_str()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let sent = self
            .post(authorize.as_str(), &[("answer", answer), ("case", "")])
            .await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        sent.location()
    }

    /// Walks the whole way of a signed-in person to a connection: the form on Connect Apps, the
    /// simulator's pages, and back; the page that is shown at the end.
    ///
    /// # Panics
    /// When one of them leads elsewhere.
    pub async fn connect_zoom(&self, zoom_email: &str) -> Answer {
        const APPS: &str = "/settings/apps";
        let left = self
            .post_form(APPS, "/settings/apps/zoom/connection", &[])
            .await;
        assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.text());
        let back = self.consent(&left.location(), zoom_email, "allow").await;
        self.visit(back.as_str()).await
    }
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> Option<String> {
    page.split("<input").skip(1).find_map(|rest| {
        let tag = rest.split('>').next()?;
        tag.contains(&format!("name=\"{name}\"")).then_some(())?;
        let value = tag.split("value=\"").nth(1)?.split('"').next()?;
        Some(value.to_owned())
    })
}
