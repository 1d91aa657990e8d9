//! Every route with its policy, and what is sent to it: the declared rights of the whole program.

mod admin;
mod api;
mod own;

use serde_json::Value;

use crate::ids::Ids;
use crate::policy::Policy;

/// What a request carries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Nothing,
    Form(Vec<(&'static str, String)>),
    Json(Value),
}

/// One route, and a request that its rightful user gets done.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// `POST /bookings/{id}`, as the router knows it.
    pub(crate) route: &'static str,
    pub(crate) policy: Policy,
    /// The address, filled in.
    pub(crate) path: String,
    pub(crate) body: Body,
    /// The status of the answer to whom the policy lets do it.
    pub(crate) done: u16,
}

impl Row {
    /// A row whose address names one thing, or nothing.
    fn new(route: &'static str, id: &str, policy: Policy) -> Self {
        let (method, pattern) = route.split_once(' ').unwrap();
        let named = |part: &str| {
            if part.starts_with('{') {
                id.to_owned()
            } else {
                part.to_owned()
            }
        };
        let parts: Vec<_> = pattern.split('/').map(named).collect();
        let writes = method != "GET";
        let of_api = pattern.starts_with("/api/");
        Self {
            route,
            policy,
            path: parts.join("/"),
            body: if writes && !of_api {
                Body::Form(Vec::new())
            } else {
                Body::Nothing
            },
            done: if writes && !of_api { 303 } else { 200 },
        }
    }

    fn asking(mut self, name: &str, value: &str) -> Self {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        self.path.push(sign);
        self.path.push_str(&format!("{name}={value}"));
        self
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Body::Form(fields) = &mut self.body {
            fields.push((name, value.into()));
        }
        self
    }

    fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    fn gives(mut self, status: u16) -> Self {
        self.done = status;
        self
    }

    pub(crate) fn method(&self) -> &'static str {
        self.route.split(' ').next().unwrap()
    }

    pub(crate) fn writes(&self) -> bool {
        self.method() != "GET"
    }

    /// Whether something may be on record afterwards: what was written, that a copy was taken, that
    /// somebody came back from Zoom.
    pub(crate) fn leaves_a_trace(&self) -> bool {
        let recorded = ["/download", "/zoom_callback"];
        self.writes() || recorded.iter().any(|end| self.route.ends_with(end))
    }

    pub(crate) fn of_api(&self) -> bool {
        self.path.starts_with("/api/")
    }

    /// Whether the answer never ends.
    pub(crate) fn streams(&self) -> bool {
        self.route.ends_with("/events")
    }

    /// Everything that is sent, to know again what an answer repeats.
    pub(crate) fn sent(&self) -> String {
        format!("{} {:?}", self.path, self.body)
    }
}

/// The whole table, with ids of one company in the addresses and of another, or the same, in what
/// is sent.
pub(crate) fn table(at: &Ids, within: &Ids) -> Vec<Row> {
    let mut rows = open(at);
    rows.extend(api::rows(at, within));
    rows.extend(own::rows(at, within));
    rows.extend(admin::rows(at, within));
    rows
}

/// What has nothing to do with companies.
fn open(at: &Ids) -> Vec<Row> {
    let anyone = |route| Row::new(route, "", Policy::Anyone);
    let unsigned = |route, id: &str| {
        Row::new(route, id, Policy::ZoomsSignature)
            .json(serde_json::json!({ "event": "app_deauthorized" }))
            .gives(401)
    };
    vec![
        anyone("GET /healthz"),
        anyone("GET /readyz"),
        Row::new("GET /static/{name}", "favicon.svg", Policy::Anyone),
        anyone("GET /privacy"),
        anyone("GET /terms"),
        anyone("GET /zoom/guide"),
        anyone("GET /zoom/test-plan"),
        anyone("GET /styleguide").gives(404),
        anyone("GET /set-up").gives(404),
        anyone("POST /set-up").gives(404),
        anyone("GET /api/v1/openapi.json"),
        // Zoom's proof of who owns the domain, where the operator configured one.
        Row::new("GET /zoomverify/{name}", "verifyzoom.html", Policy::Anyone).gives(404),
        anyone("GET /verifyzoom.html").gives(404),
        unsigned("POST /webhooks/zoom", ""),
        unsigned("POST /webhooks/zoom/{app}", &at.zoom_app),
    ]
}
