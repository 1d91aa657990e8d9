//! Every trouble by name, for the console page and for files.

use std::time::Duration;

use serde_json::{Value, json};

use super::trouble::{Raw, Trouble};

/// A trouble that can be had by its name.
pub(crate) struct Entry {
    /// What files and forms call it.
    pub(crate) name: &'static str,
    /// In words.
    pub(crate) words: &'static str,
    make: Make,
}

/// How a named trouble is made.
enum Make {
    /// From what is wished for.
    From(fn(&Wishes) -> Trouble),
    /// An error of the API: status, code, message.
    Api(u16, i64, &'static str),
    /// An error of the token endpoint: reason, error.
    Oauth(&'static str, &'static str),
    /// A numbered error of the token endpoint.
    Numbered(i64, &'static str),
    /// Bytes: status, content type, body.
    Bytes(u16, &'static str, &'static str),
}

/// What a named trouble can be told; each has a sensible value without.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) status: Option<u16>,
    pub(crate) seconds: Option<f64>,
    pub(crate) body: Option<String>,
    pub(crate) content_type: Option<String>,
}

impl Wishes {
    fn status_or(&self, otherwise: u16) -> u16 {
        self.status.unwrap_or(otherwise)
    }

    fn duration(&self, otherwise: f64) -> Duration {
        Duration::try_from_secs_f64(self.seconds.unwrap_or(otherwise)).unwrap_or_default()
    }

    fn json(&self) -> Value {
        let status = self.status_or(502);
        let otherwise = || json!({"code": status, "message": "simulated"});
        match self.body.as_deref() {
            None | Some("") => otherwise(),
            Some(text) => serde_json::from_str(text).unwrap_or_else(|_| otherwise()),
        }
    }

    fn raw(&self) -> Raw {
        Raw {
            status: self.status_or(200),
            content_type: self
                .content_type
                .clone()
                .unwrap_or_else(|| "application/json".into()),
            body: self.body.clone().unwrap_or_default(),
        }
    }
}

/// The trouble with this name; the reason if there is none, or if a wish cannot be had.
pub(crate) fn named(name: &str, wishes: &Wishes) -> Result<Trouble, String> {
    let entry = CATALOGUE
        .iter()
        .flat_map(|(_, entries)| entries.iter())
        .find(|entry| entry.name == name)
        .ok_or_else(|| format!("there is no trouble {name:?}"))?;
    if wishes
        .status
        .is_some_and(|status| !(200..600).contains(&status))
    {
        return Err("a status is a number from 200 to 599".into());
    }
    let in_range = |seconds: f64| (0.0..=86_400.0).contains(&seconds);
    if !wishes.seconds.is_none_or(in_range) {
        return Err("seconds are a number from 0 to 86400".into());
    }
    let body = wishes.body.as_deref().filter(|text| !text.is_empty());
    if name.starts_with("status")
        && let Some(text) = body
        && let Err(error) = serde_json::from_str::<Value>(text)
    {
        return Err(format!("the body is not JSON: {error}"));
    }
    Ok(match &entry.make {
        Make::From(make) => make(wishes),
        Make::Api(status, code, message) => {
            let mut body = json!({"code": code, "message": message});
            if *code == 300
                && let Some(object) = body.as_object_mut()
                && *message == VALIDATION
            {
                let field = json!([{"field": "start_time", "message": "Invalid field."}]);
                object.insert("errors".into(), field);
            }
            Trouble::Status(wishes.status_or(*status), body)
        }
        Make::Oauth("", error) => Trouble::Status(wishes.status_or(400), json!({"error": error})),
        Make::Oauth(reason, error) => Trouble::Status(
            wishes.status_or(400),
            json!({"reason": reason, "error": error}),
        ),
        Make::Numbered(code, message) => Trouble::Status(
            wishes.status_or(400),
            json!({"status": false, "errorCode": code, "errorMessage": message, "result": null}),
        ),
        Make::Bytes(status, kind, body) => Trouble::Raw(Raw {
            status: wishes.status_or(*status),
            content_type: (*kind).to_owned(),
            body: (*body).to_owned(),
        }),
    })
}

const VALIDATION: &str = "Validation Failed.";
const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>Simulated</Message></Error>\n";

const fn entry(name: &'static str, words: &'static str, make: Make) -> Entry {
    Entry { name, words, make }
}

const fn api(name: &'static str, status: u16, code: i64, words: &'static str) -> Entry {
    entry(name, words, Make::Api(status, code, words))
}

const fn numbered(name: &'static str, code: i64, words: &'static str) -> Entry {
    entry(name, words, Make::Numbered(code, words))
}

/// All of them, in groups.
pub(crate) const CATALOGUE: [(&str, &[Entry]); 5] = [
    ("The network", &NETWORK),
    ("The answer", &ANSWERS),
    ("Limits, 429", &LIMITS),
    ("Errors of the API", &API),
    ("Errors of the token endpoint, 400", &OAUTH),
];

const NETWORK: [Entry; 7] = [
    entry(
        "drop-before",
        "Cut the connection, nothing done",
        Make::From(|_| Trouble::DropBefore),
    ),
    entry(
        "drop-after",
        "Carry out, then cut the connection",
        Make::From(|_| Trouble::DropAfter),
    ),
    entry(
        "cut-short",
        "Carry out, cut the connection within the answer",
        Make::From(|_| Trouble::CutShort),
    ),
    entry(
        "hang-before",
        "No answer, nothing done",
        Make::From(|_| Trouble::HangBefore),
    ),
    entry(
        "hang-after",
        "Carry out, then no answer",
        Make::From(|_| Trouble::HangAfter),
    ),
    entry(
        "slow",
        "Answer late, by 20 seconds or as many as wished",
        Make::From(|wishes| Trouble::Slow(wishes.duration(20.0))),
    ),
    entry(
        "drip",
        "Answer byte by byte, a tenth of a second or as long as wished apart",
        Make::From(|wishes| Trouble::Drip(wishes.duration(0.1))),
    ),
];

const ANSWERS: [Entry; 13] = [
    entry(
        "status",
        "This status and JSON, nothing done",
        Make::From(|wishes| Trouble::Status(wishes.status_or(502), wishes.json())),
    ),
    entry(
        "status-after",
        "Carry out, then this status and JSON",
        Make::From(|wishes| Trouble::StatusAfter(wishes.status_or(502), wishes.json())),
    ),
    entry(
        "raw",
        "These very bytes, nothing done",
        Make::From(|wishes| Trouble::Raw(wishes.raw())),
    ),
    entry(
        "raw-after",
        "Carry out, then these very bytes",
        Make::From(|wishes| Trouble::RawAfter(wishes.raw())),
    ),
    entry(
        "html",
        "A gateway's HTML page, nothing done",
        Make::From(|wishes| Trouble::Html(wishes.status_or(502))),
    ),
    entry(
        "html-after",
        "Carry out, then a gateway's HTML page",
        Make::From(|wishes| Trouble::HtmlAfter(wishes.status_or(502))),
    ),
    entry(
        "xml",
        "XML, nothing done",
        Make::Bytes(500, "application/xml", XML),
    ),
    entry(
        "nonsense",
        "JSON of another shape, nothing done",
        Make::Bytes(200, "application/json", r#"[{"weather":"fine"},null]"#),
    ),
    entry(
        "not-json",
        "Called JSON, but it is none, nothing done",
        Make::Bytes(200, "application/json", "{\"id\": 8"),
    ),
    entry(
        "empty",
        "200 and not a byte, nothing done",
        Make::Bytes(200, "", ""),
    ),
    entry(
        "truncated",
        "Carry out, then half of the answer",
        Make::From(|_| Trouble::Truncated),
    ),
    entry(
        "emptied",
        "Carry out, then the answer without its body",
        Make::From(|_| Trouble::Emptied),
    ),
    entry(
        "mislabelled",
        "Carry out, then the answer, called text/html",
        Make::From(|_| Trouble::Mislabelled),
    ),
];

const LIMITS: [Entry; 4] = [
    entry(
        "per-second",
        "Rate per second",
        Make::From(|_| Trouble::RateLimitedPerSecond),
    ),
    entry(
        "daily-account",
        "Daily limit of the account",
        Make::From(|_| Trouble::DailyLimitAccount),
    ),
    entry(
        "daily-user",
        "100 meeting requests of the user",
        Make::From(|_| Trouble::DailyLimitUser),
    ),
    entry(
        "concurrent",
        "Too many at the same time",
        Make::From(|_| Trouble::TooManyConcurrent),
    ),
];

const API: [Entry; 20] = [
    api("124-expired", 401, 124, "Access token is expired."),
    api("124-invalid", 401, 124, "Invalid access token."),
    api(
        "124-query",
        401,
        124,
        "Invalid access token, this access token is not supported as query parameter string.",
    ),
    api(
        "4711-scopes",
        400,
        4711,
        "Invalid access token, does not contain scopes:[meeting:write:meeting, meeting:write:meeting:admin].",
    ),
    api(
        "200-no-permission",
        400,
        200,
        "No permission: this is for paid accounts only.",
    ),
    api("300-validation", 400, 300, VALIDATION),
    api(
        "300-not-json",
        400,
        300,
        "Request Body should be a valid JSON object.",
    ),
    api("1001-no-user", 404, 1001, "User does not exist: me."),
    api(
        "1010-other-account",
        400,
        1010,
        "User does not belong to this account.",
    ),
    api("3000-webinar", 400, 3000, "Cannot access webinar info."),
    api("3001-no-meeting", 404, 3001, "Meeting does not exist."),
    api(
        "3002-in-progress",
        400,
        3002,
        "Sorry, you cannot delete this meeting since it is in progress.",
    ),
    api("3003-not-host", 400, 3003, "You are not the meeting host."),
    api("3007-ended", 400, 3007, "The meeting has already ended."),
    api("3018-pmi", 400, 3018, "Not allowed to delete PMI."),
    api("3037-pac", 400, 3037, "Not allowed to delete PAC."),
    api(
        "3063-status",
        400,
        3063,
        "Can not change the status of the meeting.",
    ),
    api(
        "3161-no-hosting",
        400,
        3161,
        "Your user account is not allowed meeting hosting and scheduling capabilities.",
    ),
    api(
        "2300-unknown",
        404,
        2300,
        "This API endpoint is not recognized.",
    ),
    api("409-conflict", 409, 409, "Conflict."),
];

const OAUTH: [Entry; 24] = [
    entry(
        "invalid-grant",
        "invalid_grant, Invalid Token!",
        Make::Oauth("Invalid Token!", "invalid_grant"),
    ),
    entry(
        "invalid-grant-bare",
        "invalid_grant, no reason",
        Make::Oauth("", "invalid_grant"),
    ),
    entry(
        "invalid-token-request",
        "invalid_request, Invalid Token!",
        Make::Oauth("Invalid Token!", "invalid_request"),
    ),
    entry(
        "invalid-code",
        "invalid_request, Invalid authorization code",
        Make::Oauth("Invalid authorization code x", "invalid_request"),
    ),
    entry(
        "invalid-client",
        "invalid_client",
        Make::Oauth("Invalid client_id or client_secret", "invalid_client"),
    ),
    entry(
        "redirect-mismatch",
        "invalid_request, Redirect URI mismatch.",
        Make::Oauth("Redirect URI mismatch.", "invalid_request"),
    ),
    entry(
        "unsupported-grant-type",
        "unsupported_grant_type",
        Make::Oauth("unsupported grant type", "unsupported_grant_type"),
    ),
    numbered("4700", 4700, "Token cannot be empty."),
    numbered("4702", 4702, "Invalid client."),
    numbered("4704", 4704, "Invalid client secret."),
    numbered("4705", 4705, "The grant type is not supported."),
    numbered("4706", 4706, "Client ID or grant type is missing."),
    numbered("4709", 4709, "Redirect URI mismatch."),
    numbered("4711", 4711, "Refresh token invalid."),
    numbered("4717", 4717, "The app has been disabled."),
    numbered("4724", 4724, "Invalid JSON web token."),
    numbered("4732", 4732, "The authorization code cannot be made."),
    numbered("4733", 4733, "Code is expired."),
    numbered("4734", 4734, "Invalid authorization code."),
    numbered("4735", 4735, "The owner of the token does not exist."),
    numbered("4737", 4737, "The token does not exist."),
    numbered(
        "4738",
        4738,
        "The token has been disabled by the administrator.",
    ),
    numbered("4740", 4740, "Token is beyond its tolerance."),
    numbered("4741", 4741, "Token has been revoked."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_told_apart_and_each_makes_a_trouble() {
        let entries = || CATALOGUE.iter().flat_map(|(_, entries)| entries.iter());
        let names: BTreeSet<&str> = entries().map(|entry| entry.name).collect();
        assert_eq!(names.len(), entries().count());
        for name in names {
            named(name, &Wishes::default()).unwrap_or_else(|words| panic!("{name}: {words}"));
        }
    }

    #[test]
    fn wishes_that_cannot_be_had_are_refused_in_words() {
        let refuse = |name: &str, wishes: &Wishes| named(name, wishes).unwrap_err();
        let status = Wishes {
            status: Some(99),
            ..Wishes::default()
        };
        assert!(refuse("status", &status).contains("200 to 599"));
        let body = Wishes {
            body: Some("{".into()),
            ..Wishes::default()
        };
        assert!(refuse("status-after", &body).contains("not JSON"));
        assert!(named("raw", &body).is_ok(), "these are to be any bytes");
        let endless = Wishes {
            seconds: Some(f64::INFINITY),
            ..Wishes::default()
        };
        assert!(refuse("slow", &endless).contains("0 to 86400"));
        assert!(refuse("earthquake", &Wishes::default()).contains("earthquake"));
    }
}
