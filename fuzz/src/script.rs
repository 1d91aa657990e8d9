//! Inputs as text: requests one after the other, with an empty line between them.
//!
//! ```text
//! mara POST /bookings
//! :if-match "1"
//! room_id={room}
//! title=Budget
//! ```
//!
//! The first line says who asks for what, a line with a colon in front is a header, and every other
//! is a field. So a line that the fuzzer bends is still a form or an object of JSON; after an
//! exclamation mark the rest is the body as it is. Words in braces stand for what only the stage
//! knows.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use serde_json::{Map, Value};

/// As many requests of one input are sent.
const LONGEST: usize = 8;

/// One request of an input.
#[derive(Debug)]
pub struct Asked {
    /// Who asks.
    pub who: String,
    /// How.
    pub method: Method,
    /// For what, as it was written.
    pub path: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The fields, in their order.
    pub fields: Vec<(String, String)>,
    /// The body, where it is not made of fields.
    pub raw: Option<Vec<u8>>,
}

/// The requests of an input, not read yet: what one is answered may be named in the next.
pub fn blocks(input: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    let mut rest = input;
    while let Some(end) = rest.windows(2).position(|two| two == b"\n\n") {
        let (block, after) = rest.split_at(end);
        blocks.push(block);
        rest = after.get(2..).unwrap_or_default();
    }
    blocks.push(rest);
    blocks.truncate(LONGEST);
    blocks
}

/// The same text with words in the place of their names.
pub fn filled(text: &str, words: &[(&str, String)]) -> String {
    let mut text = text.to_owned();
    for (name, word) in words {
        if text.contains(name) {
            text = text.replace(name, word);
        }
    }
    text
}

impl Asked {
    /// Reads a request.
    pub fn read(block: &[u8], words: &[(&str, String)]) -> Self {
        let raw = block.windows(2).position(|two| two == b"\n!");
        let (head, raw) = match raw {
            Some(at) => (block.get(..at), block.get(at + 2..)),
            None => (Some(block), None),
        };
        let head = filled(&String::from_utf8_lossy(head.unwrap_or_default()), words);
        let raw = raw.map(|raw| match std::str::from_utf8(raw) {
            Ok(text) => filled(text, words).into_bytes(),
            Err(_) => raw.to_vec(),
        });
        let mut lines = head.lines();
        let mut first = lines.next().unwrap_or_default().splitn(3, ' ');
        let mut next = || first.next().unwrap_or_default();
        let (who, method, path) = (next().to_owned(), next(), next());
        let mut asked = Self {
            who,
            method: Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET),
            path: path.to_owned(),
            headers: Vec::new(),
            fields: Vec::new(),
            raw,
        };
        for line in lines {
            let pair = |line: &str, by| {
                let (name, text) = line.split_once(by).unwrap_or((line, ""));
                (name.to_owned(), text.to_owned())
            };
            match line.strip_prefix(':') {
                Some(line) => asked.headers.push(pair(line, ' ')),
                None => asked.fields.push(pair(line, '=')),
            }
        }
        asked
    }

    /// The fields as an object, or the body as it is. A text that is JSON by itself stands for what
    /// it says.
    pub fn as_json(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        if self.fields.is_empty() {
            return Vec::new();
        }
        let value =
            |text: &String| serde_json::from_str(text).unwrap_or(Value::String(text.clone()));
        let fields = self.fields.iter();
        let object: Map<String, Value> = fields
            .map(|(name, text)| (name.clone(), value(text)))
            .collect();
        Value::Object(object).to_string().into_bytes()
    }

    /// The fields as a form, or the body as it is.
    pub fn as_form(&self) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.fields).finish().into_bytes()
    }

    /// The request with a body; nothing where its address is none.
    pub fn request(&self, kind: &'static str, body: Vec<u8>) -> Option<Request<Body>> {
        let uri: Uri = visible(&self.path).parse().ok()?;
        // What begins with something else is no request that HTTP could bring.
        if !uri.path().starts_with('/') || uri.authority().is_some() {
            return None;
        }
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        for (name, text) in self.headers.iter().take(LONGEST) {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(text)) = (name, HeaderValue::from_bytes(text.as_bytes())) {
                if name == header::CONTENT_TYPE {
                    headers.insert(name, text);
                } else {
                    headers.append(name, text);
                }
            }
        }
        Some(request)
    }
}

/// An address as a browser sends it: what is not a visible character of ASCII is escaped.
fn visible(path: &str) -> String {
    use std::fmt::Write as _;
    let mut sent = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte) {
            sent.push(char::from(byte));
        } else {
            let _ = write!(sent, "%{byte:02X}");
        }
    }
    sent
}
