//! Right answers that arrive badly.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;

use crate::faults::Trouble;

/// How long the first half of an answer has to reach the client before the cut.
const BEFORE_THE_CUT: Duration = Duration::from_millis(20);

/// Spoils an answer; those that the trouble does not speak of stay as they are.
pub(super) async fn mangle(trouble: &Trouble, answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    // The answer is ours, and whole.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    if whole.is_empty() {
        return Response::from_parts(parts, Body::empty());
    }
    let body = match trouble {
        Trouble::Truncated => {
            parts.headers.remove(header::CONTENT_LENGTH);
            Body::from(half)
        }
        Trouble::Emptied => {
            parts.headers.remove(header::CONTENT_LENGTH);
            Body::empty()
        }
        Trouble::Mislabelled => {
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            parts.headers.insert(header::CONTENT_TYPE, html);
            Body::from(whole)
        }
        Trouble::Drip(pause) => {
            promise(&mut parts.headers, whole.len());
            drip(whole, *pause)
        }
        Trouble::CutShort => {
            promise(&mut parts.headers, whole.len());
            cut_after(half)
        }
        _ => Body::from(whole),
    };
    Response::from_parts(parts, body)
}

fn promise(headers: &mut axum::http::HeaderMap, length: usize) {
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
}

fn drip(whole: Bytes, pause: Duration) -> Body {
    Body::from_stream(stream::unfold(whole, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let drop = left.split_to(1);
        Some((Ok::<Bytes, io::Error>(drop), left))
    }))
}

/// Sends this and fails, which ends the connection.
fn cut_after(half: Bytes) -> Body {
    Body::from_stream(stream::unfold(Some(half), |half| async move {
        if let Some(half) = half {
            return Some((Ok(half), None));
        }
        tokio::time::sleep(BEFORE_THE_CUT).await;
        let cut: io::Error = io::ErrorKind::ConnectionReset.into();
        Some((Err(cut), None))
    }))
}
