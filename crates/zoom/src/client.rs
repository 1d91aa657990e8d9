//! The one way a request goes out and an answer comes back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use url::{Host, Url};

use crate::error::{self, Class, Endpoint, Error};

/// More than any answer of Zoom's; what is longer is not read to its end.
const BODY_LIMIT: usize = 1024 * 1024;
const TRACKING_HEADER: &str = "x-zm-trackingid";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where Zoom is and who we are to it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Base of the OAuth pages, `https://zoom.us`.
    pub oauth_url: Url,
    /// Base of the API without `/v2`, `https://api.zoom.us`.
    pub api_url: Url,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: SecretString,
    /// Which API addresses of token answers are followed.
    pub follow_api_url: ApiUrlPolicy,
    /// Time for one call, from connecting to the last byte of the answer.
    pub timeout: Duration,
}

/// Which API addresses of token answers are followed; others are as if absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiUrlPolicy {
    /// `https` on `zoom.us` and its subdomains.
    ZoomDomains,
    /// The origin of [`Config::api_url`].
    SameOrigin,
}

/// A configuration that makes no client.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// An address is not `http` or `https` with a host.
    #[error("the {which} address of zoom must be an http or https address with a host")]
    Address {
        /// `oauth` or `api`.
        which: &'static str,
    },
    /// No certificates to check Zoom's with, or none that can be read.
    #[error("cannot check certificates; install the system's ca-certificates")]
    Tls(#[source] rustls::Error),
    /// The HTTP client could not be made.
    #[error("cannot make an http client")]
    Http(#[source] reqwest::Error),
}

/// What a call to the API needs of a connection.
#[derive(Clone, Debug)]
pub struct Access {
    /// The access token.
    pub token: SecretString,
    /// The API address that came with it; checked against the policy at every use.
    pub api_url: Option<Url>,
}

/// A client of Zoom. Clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    config: Config,
}

impl Client {
    /// Makes a client. It brings its own TLS provider and leaves the process-wide one alone.
    pub fn new(config: Config) -> Result<Self, BuildError> {
        for (which, url) in [("oauth", &config.oauth_url), ("api", &config.api_url)] {
            if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
                return Err(BuildError::Address { which });
            }
        }
        let addresses = [&config.oauth_url, &config.api_url];
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .timeout(config.timeout)
            .connect_timeout(config.timeout.min(CONNECT_TIMEOUT))
            .tls_backend_preconfigured(tls(addresses)?);
        if addresses.into_iter().all(is_loopback) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(BuildError::Http)?;
        Ok(Self {
            inner: Arc::new(Inner { http, config }),
        })
    }

    /// The app's client id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.inner.config.client_id
    }

    pub(crate) fn oauth_url(&self, page: &str) -> Url {
        join(&self.inner.config.oauth_url, &["oauth", page])
    }

    /// The API address a token answer names, if the policy lets it be followed.
    pub(crate) fn permitted_api_url(&self, text: &str) -> Option<Url> {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        self.permits(&url).then_some(url)
    }

    /// Without this a forged or stored address could turn the client against other hosts.
    fn permits(&self, url: &Url) -> bool {
        if !url.username().is_empty() || url.password().is_some() {
            return false;
        }
        let config = &self.inner.config;
        match config.follow_api_url {
            ApiUrlPolicy::SameOrigin => url.origin() == config.api_url.origin(),
            ApiUrlPolicy::ZoomDomains => {
                let of_zoom = matches!(url.host(), Some(Host::Domain(host))
                    if host == "zoom.us" || host.ends_with(".zoom.us"));
                url.scheme() == "https" && url.port().is_none() && of_zoom
            }
        }
    }

    /// A call to the API with a user's token.
    pub(crate) fn api(
        &self,
        access: &Access,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Request {
        let base = access
            .api_url
            .as_ref()
            .filter(|url| self.permits(url))
            .unwrap_or(&self.inner.config.api_url);
        let mut url = join(base, &["v2"]);
        url = join(&url, path);
        let http = self
            .inner
            .http
            .request(method, url)
            .bearer_auth(access.token.expose_secret());
        Request {
            operation,
            endpoint: Endpoint::Api,
            http,
            sent: Vec::new(),
        }
    }

    /// A call to the OAuth endpoints with the app's own credentials.
    pub(crate) fn oauth(
        &self,
        operation: &'static str,
        page: &str,
        form: &[(&str, &str)],
    ) -> Request {
        let config = &self.inner.config;
        let http = self
            .inner
            .http
            .post(self.oauth_url(page))
            .basic_auth(
                &config.client_id,
                Some(config.client_secret.expose_secret()),
            )
            .form(form);
        let sent = form
            .iter()
            .map(|(_, value)| SecretString::from(*value))
            .collect();
        Request {
            operation,
            endpoint: Endpoint::OAuth,
            http,
            sent,
        }
    }
}

/// A call that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    operation: &'static str,
    endpoint: Endpoint,
    http: RequestBuilder,
    /// Values that must not come back in a message: Zoom repeats codes in its errors.
    sent: Vec<SecretString>,
}

impl Request {
    pub(crate) fn json(self, body: &impl Serialize) -> Self {
        Self {
            http: self.http.json(body),
            ..self
        }
    }

    pub(crate) fn query(self, query: &[(&str, &str)]) -> Self {
        Self {
            http: self.http.query(query),
            ..self
        }
    }

    /// Sends, and reads the answer as JSON.
    pub(crate) async fn answer<T: DeserializeOwned>(self) -> Result<T, Error> {
        self.answer_as(Some).await
    }

    /// Sends, and reads the answer as JSON together with Zoom's clock.
    pub(crate) async fn answer_with_time<T: DeserializeOwned>(
        self,
    ) -> Result<(T, Option<Timestamp>), Error> {
        let operation = self.operation;
        let answer = self.send().await?;
        let server_time = answer.server_time;
        Ok((answer.read(operation, Some)?, server_time))
    }

    /// Sends, and turns the answer's JSON into a value; `None` means that it is not what it
    /// should be.
    pub(crate) async fn answer_as<T: DeserializeOwned, U>(
        self,
        convert: impl FnOnce(T) -> Option<U>,
    ) -> Result<U, Error> {
        let operation = self.operation;
        self.send().await?.read(operation, convert)
    }

    /// Sends, and expects success without content. A web page with status 200 is no success:
    /// something between us and Zoom has answered.
    pub(crate) async fn done(self) -> Result<(), Error> {
        let operation = self.operation;
        let answer = self.send().await?;
        if answer.body.is_empty() {
            return Ok(());
        }
        answer.read(operation, |_: serde_json::Value| Some(()))
    }

    /// Every call to Zoom passes here.
    async fn send(self) -> Result<Answer, Error> {
        let span = tracing::info_span!(
            "zoom call",
            operation = self.operation,
            status = Empty,
            tracking_id = Empty,
            elapsed_ms = Empty
        );
        self.send_in_span().instrument(span).await
    }

    async fn send_in_span(self) -> Result<Answer, Error> {
        let Self {
            operation,
            endpoint,
            http,
            sent,
        } = self;
        let started = Instant::now();
        let response = match http.send().await {
            Ok(response) => response,
            Err(source) => return Err(Error::unanswered(operation, source)),
        };
        let status = response.status().as_u16();
        let headers = response.headers();
        let tracking_id = header(headers, TRACKING_HEADER).map(|id| id.chars().take(80).collect());
        let server_time = header(headers, DATE.as_str())
            .and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        let wait = header(headers, RETRY_AFTER.as_str()).and_then(error::retry_after);
        let body = read_body(response).await;

        let span = Span::current();
        span.record("status", status);
        span.record("tracking_id", tracking_id.as_deref());
        span.record(
            "elapsed_ms",
            u64::try_from(started.elapsed().as_millis()).ok(),
        );
        tracing::debug!("zoom answered");

        let error = match body {
            Ok(body) if (200..300).contains(&status) => {
                return Ok(Answer {
                    status,
                    tracking_id,
                    server_time,
                    body,
                });
            }
            Ok(body) => {
                let mut verdict = error::classify(endpoint, status, wait, &body);
                verdict.hide(&sent);
                Error::refused(operation, status, verdict)
            }
            Err(BodyError::TooLong) => Error::answered(operation, status, Class::Unreadable),
            Err(BodyError::Lost(source)) => Error::cut_off(operation, status, wait, source),
        };
        Err(error.with_tracking_id(tracking_id))
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    tracking_id: Option<String>,
    server_time: Option<Timestamp>,
    body: Vec<u8>,
}

impl Answer {
    fn read<T: DeserializeOwned, U>(
        self,
        operation: &'static str,
        convert: impl FnOnce(T) -> Option<U>,
    ) -> Result<U, Error> {
        serde_json::from_slice(&self.body)
            .ok()
            .and_then(convert)
            .ok_or_else(|| {
                Error::answered(operation, self.status, Class::Unreadable)
                    .with_tracking_id(self.tracking_id)
            })
    }
}

enum BodyError {
    TooLong,
    Lost(reqwest::Error),
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Lost)? {
        if body.len() + chunk.len() > BODY_LIMIT {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn join(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Only addresses without a host have no segments, and `Client::new` refuses those.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(host)) => host == "localhost" || host.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// TLS with ring and the certificates the system trusts. Over plain `http` alone none are
/// loaded, so that a machine without any can talk to a simulator.
fn tls(addresses: [&Url; 2]) -> Result<rustls::ClientConfig, BuildError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(BuildError::Tls)?;
    let encrypted = addresses.into_iter().any(|url| url.scheme() == "https");
    let mut config = if encrypted {
        let verifier =
            rustls_platform_verifier::Verifier::new(provider).map_err(BuildError::Tls)?;
        // "Dangerous" is every verifier that rustls does not bring itself.
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        builder.with_root_certificates(rustls::RootCertStore::empty())
    }
    .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
