//! Serving the static files that the pages use.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rooms_views::assets;

/// The routes below `/static`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/static/{name}", get(serve))
}

async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some((asset, hashed)) = assets::find(&name) else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let cache = if hashed {
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
        let answer = get_with(assets::url("app.css"), None).await;
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
        assert_eq!(assets::url("secret.txt"), "");
    }
}
