//! The client's configuration, its addresses and its TLS.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use crate::error::Endpoint;
use crate::transport::{Http, Transport};
use crate::watch::{Call, Caller, Category, Watch};
use request::Request;

mod request;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than servers keep a connection: one they close while a request is on its way leaves
/// the outcome unknown.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

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
    /// Whose token it is, for a [`Watch`]; without one nobody needs to know.
    pub caller: Option<Caller>,
}

/// A client of Zoom. Clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
    transport: Arc<dyn Transport>,
    watch: Option<Arc<dyn Watch>>,
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
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tls_backend_preconfigured(tls(addresses)?);
        if addresses.into_iter().all(is_loopback) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(BuildError::Http)?;
        Ok(Self {
            transport: Arc::new(Http(http.clone())),
            inner: Arc::new(Inner { http, config }),
            watch: None,
        })
    }

    /// The same client with another way to Zoom.
    #[must_use]
    pub fn over(self, transport: Arc<dyn Transport>) -> Self {
        Self { transport, ..self }
    }

    /// The same client with somebody who sees every call of it.
    #[must_use]
    pub fn watched_by(self, watch: Arc<dyn Watch>) -> Self {
        Self {
            watch: Some(watch),
            ..self
        }
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
        let lists = path.last() == Some(&"meetings");
        let call = Call {
            operation,
            caller: access.caller.clone(),
            // Creation and listing have the same path, and the same weight.
            category: Some(if lists {
                Category::Medium
            } else {
                Category::Light
            }),
            is_change: matches!(method, Method::POST | Method::PATCH),
        };
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
        self.request(call, Endpoint::Api, http, vec![access.token.clone()])
    }

    /// A call to the OAuth endpoints with the app's own credentials.
    pub(crate) fn oauth(
        &self,
        operation: &'static str,
        page: &str,
        form: &[(&str, &str)],
    ) -> Request {
        let sent = form
            .iter()
            .map(|(_, value)| SecretString::from(*value))
            .collect();
        let http = self.as_app(self.oauth_url(page)).form(form);
        self.of_app(operation, http, sent)
    }

    /// Tells Zoom that what came from it about a user is deleted.
    pub(crate) fn compliance(&self, body: &serde_json::Value) -> Request {
        let path = ["oauth", "data", "compliance"];
        let url = join(&self.inner.config.api_url, &path);
        let http = self.as_app(url).json(body);
        self.of_app("confirm_deletion", http, Vec::new())
    }

    fn as_app(&self, url: Url) -> RequestBuilder {
        let config = &self.inner.config;
        let secret = config.client_secret.expose_secret();
        let http = self.inner.http.post(url);
        http.basic_auth(&config.client_id, Some(secret))
    }

    fn of_app(
        &self,
        operation: &'static str,
        http: RequestBuilder,
        mut sent: Vec<SecretString>,
    ) -> Request {
        sent.push(self.inner.config.client_secret.clone());
        let call = Call {
            operation,
            caller: None,
            category: None,
            is_change: false,
        };
        self.request(call, Endpoint::OAuth, http, sent)
    }

    fn request(
        &self,
        call: Call,
        endpoint: Endpoint,
        http: RequestBuilder,
        sent: Vec<SecretString>,
    ) -> Request {
        let way = (Arc::clone(&self.transport), self.watch.clone());
        Request::new(call, way, endpoint, http, sent)
    }

    /// A page of Zoom's that is made for people.
    pub(crate) fn page(&self, operation: &'static str, url: Url) -> Request {
        let call = Call {
            operation,
            caller: None,
            category: None,
            is_change: false,
        };
        let http = self.inner.http.get(url);
        let way = (Arc::clone(&self.transport), None);
        Request::new(call, way, Endpoint::OAuth, http, Vec::new())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn client(follow_api_url: ApiUrlPolicy, api_url: &str) -> Client {
        let api_url: Url = api_url.parse().unwrap();
        let config = Config {
            oauth_url: api_url.clone(),
            api_url,
            client_id: "id".to_owned(),
            client_secret: "secret".into(),
            follow_api_url,
            timeout: Duration::from_secs(1),
        };
        Client::new(config).unwrap()
    }

    #[test]
    fn only_zooms_own_hosts_are_followed() {
        let client = client(ApiUrlPolicy::ZoomDomains, "http://127.0.0.1:1");
        for followed in [
            "https://api-us.zoom.us",
            "https://zoom.us/",
            "https://acme.zoom.us:443/?x=1#y",
        ] {
            assert!(client.permitted_api_url(followed).is_some(), "{followed}");
        }
        for dropped in [
            "http://api.zoom.us",
            "https://api.zoom.us:8443",
            "https://evilzoom.us",
            "https://zoom.us.evil.example",
            "https://zoom.us@evil.example",
            "https://user@api.zoom.us",
            "https://169.254.169.254",
            "https://[::1]",
            "file:///zoom.us",
            "api.zoom.us",
            "",
        ] {
            assert!(client.permitted_api_url(dropped).is_none(), "{dropped}");
        }
    }

    #[test]
    fn only_the_configured_origin_is_followed_where_the_policy_says_so() {
        let client = client(ApiUrlPolicy::SameOrigin, "http://localhost:4000/zoom");
        assert!(client.permitted_api_url("http://localhost:4000").is_some());
        for dropped in [
            "https://localhost:4000",
            "http://localhost:4001",
            "http://a@localhost:4000",
            "data:x",
        ] {
            assert!(client.permitted_api_url(dropped).is_none(), "{dropped}");
        }
    }

    #[test]
    fn only_this_machine_itself_is_reached_without_a_proxy() {
        let here = |url: &str| is_loopback(&url.parse().unwrap());
        for url in [
            "http://localhost:4000",
            "http://zoom.localhost",
            "http://127.0.0.9",
            "http://[::1]:1",
        ] {
            assert!(here(url), "{url}");
        }
        for url in [
            "https://zoom.us",
            "http://notlocalhost",
            "http://10.0.0.1",
            "http://[fe80::1]",
            "data:x",
        ] {
            assert!(!here(url), "{url}");
        }
    }

    #[test]
    fn a_base_address_with_a_path_keeps_it() {
        let base: Url = "https://gateway.example/zoom/?x=1".parse().unwrap();
        let joined = join(&join(&base, &["v2"]), &["meetings", "a/b"]);
        assert_eq!(
            joined.as_str(),
            "https://gateway.example/zoom/v2/meetings/a%2Fb"
        );
    }
}
