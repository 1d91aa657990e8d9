//! Static files, embedded in the binary.
//!
//! Each file has two addresses: one with a hash of its content, which may be kept for ever, and its
//! plain name, which is checked again with its `ETag`. Templates only use the first, through [`url`].

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

/// All styles in one file, so that a first view waits for one request.
const STYLES: &str = concat!(
    include_str!("../static/css/tokens.css"),
    include_str!("../static/css/base.css"),
    include_str!("../static/css/steps.css"),
    include_str!("../static/css/nav.css"),
    include_str!("../static/css/buttons.css"),
    include_str!("../static/css/fields.css"),
    include_str!("../static/css/states.css"),
    include_str!("../static/css/cards.css"),
    include_str!("../static/css/timeline.css"),
    include_str!("../static/css/booking.css"),
    include_str!("../static/css/tables.css"),
    include_str!("../static/css/results.css"),
    include_str!("../static/css/apps.css"),
    include_str!("../static/css/feedback.css"),
    include_str!("../static/css/entry.css"),
    include_str!("../static/css/prose.css"),
    include_str!("../static/css/pages.css"),
    include_str!("../static/css/settings.css"),
    include_str!("../static/css/styleguide.css"),
    include_str!("../static/css/contrast.css"),
);

/// The script and its elements, as one file for the same reason.
const SCRIPT: &str = concat!(
    include_str!("../static/app.js"),
    include_str!("../static/chips.js"),
    include_str!("../static/day-slot.js"),
    include_str!("../static/day-card.js"),
    include_str!("../static/day-keys.js"),
    include_str!("../static/day-move.js"),
    include_str!("../static/day.js"),
);

/// What the service is made of: name, type and content.
const FILES: &[(&str, &str, &str)] = &[
    ("app.css", "text/css; charset=utf-8", STYLES),
    ("app.js", "text/javascript; charset=utf-8", SCRIPT),
    (
        "icons.svg",
        "image/svg+xml",
        include_str!("../static/icons.svg"),
    ),
    (
        "favicon.svg",
        "image/svg+xml",
        include_str!("../static/favicon.svg"),
    ),
    (
        "down.svg",
        "image/svg+xml",
        include_str!("../static/down.svg"),
    ),
];

/// One embedded file.
struct Asset {
    name: &'static str,
    hashed: String,
    etag: String,
    kind: &'static str,
    content: &'static str,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset = |&(name, kind, content): &(&'static str, &'static str, &'static str)| {
        let mut hash = String::new();
        for byte in Sha256::digest(content.as_bytes()).iter().take(6) {
            let _ = write!(hash, "{byte:02x}");
        }
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        Asset {
            name,
            hashed: format!("/static/{stem}.{hash}.{ending}"),
            etag: format!("\"{hash}\""),
            kind,
            content,
        }
    };
    FILES.iter().map(asset).collect()
});

/// The address of a static file, with its content's hash. A name that is not embedded is an empty
/// address, which the tests of the views would show.
#[must_use]
pub fn url(name: &str) -> &'static str {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map_or("", |asset| asset.hashed.as_str())
}

/// The routes below `/static`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/static/{name}", get(serve))
}

async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let hashed = format!("/static/{name}");
    let Some(asset) = ASSETS
        .iter()
        .find(|asset| asset.name == name || asset.hashed == hashed)
    else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let cache = if asset.hashed == hashed {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=3600"
    };
    let caching = [
        (header::CACHE_CONTROL, cache),
        (header::ETAG, asset.etag.as_str()),
    ];
    if headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|seen| names(seen, &asset.etag))
    {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, asset.kind)], asset.content).into_response()
}

/// Whether an `If-None-Match` names this tag; compression on the way may have made it a weak one.
fn names(seen: &header::HeaderValue, etag: &str) -> bool {
    seen.to_str().is_ok_and(|seen| {
        seen.split(',').any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
        })
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn get_with(path: &str, tag: Option<&str>) -> Response {
        let mut request = Request::get(path);
        if let Some(tag) = tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        router::<()>()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_hashed_file_may_be_kept_for_ever() {
        let answer = get_with(url("app.css"), None).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(
            answer.headers()[header::CONTENT_TYPE],
            "text/css; charset=utf-8"
        );
        let kept = answer.headers()[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(kept.contains("immutable"), "{kept}");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(body.starts_with(b"/* tokens.css"));
    }

    #[tokio::test]
    async fn a_known_file_is_not_sent_again() {
        let first = get_with("/static/icons.svg", None).await;
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(
            get_with("/static/icons.svg", Some(&tag)).await.status(),
            StatusCode::NOT_MODIFIED
        );
        let weak = format!("\"other\", W/{tag}");
        assert_eq!(
            get_with("/static/icons.svg", Some(&weak)).await.status(),
            StatusCode::NOT_MODIFIED
        );
        assert_eq!(
            get_with("/static/icons.svg", Some("\"other\""))
                .await
                .status(),
            StatusCode::OK
        );
    }

    #[tokio::test]
    async fn an_unknown_file_is_not_found() {
        assert_eq!(
            get_with("/static/secret.txt", None).await.status(),
            StatusCode::NOT_FOUND
        );
        assert_eq!(url("secret.txt"), "");
    }

    #[test]
    fn the_script_stays_small() {
        assert!(SCRIPT.len() < 30_000, "{} bytes", SCRIPT.len());
        for part in [
            include_str!("../static/app.js"),
            include_str!("../static/chips.js"),
            include_str!("../static/day-slot.js"),
            include_str!("../static/day-card.js"),
            include_str!("../static/day-keys.js"),
            include_str!("../static/day-move.js"),
            include_str!("../static/day.js"),
        ] {
            assert!(part.lines().count() < 300, "{} lines", part.lines().count());
        }
    }
}
