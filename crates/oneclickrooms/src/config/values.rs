//! What the texts mean.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use rooms_app::{DatabaseUrl, MasterKey, MasterKeys};
use rooms_core::text;
use rooms_web::DomainFile;
use rooms_web::proxies::Proxies;
use secrecy::SecretString;
use url::{Host, Url};
use zoom_client::webhook::Window;

use super::keys::{self, Key};
use super::layers::{Layers, Said, Source};
use super::{Config, Database, Problem, Smtp, Zoom, ZoomAddresses};

/// Something is wrong with the value, and [`Reader::problems`] says what.
#[derive(Debug)]
pub(crate) struct Wrong;

/// A value that was read.
type Read<T> = Result<T, Wrong>;

/// Reads values and keeps what is wrong with them.
pub(crate) struct Reader<'a> {
    /// What was said.
    pub(crate) layers: &'a Layers,
    /// What is wrong.
    pub(crate) problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Everything.
    pub(crate) fn config(&mut self) -> Read<Config> {
        let listen = self.listen();
        let public_url = self.public_url(listen.as_ref().ok());
        let database = self.database();
        let master_keys = self.master_keys();
        let zoom_at = self.zoom_at();
        let zoom = self.zoom();
        let domain_file = self.domain_file();
        let support_email = self.email(&keys::SUPPORT_EMAIL);
        let smtp = self.smtp(support_email.as_deref().ok());
        let rate_limits = self.rate_limits();
        let trusted_proxies = self.trusted_proxies();
        let past = self.minutes(&keys::WEBHOOK_MAX_AGE);
        let ahead = self.minutes(&keys::WEBHOOK_MAX_AHEAD);
        Ok(Config {
            listen: listen?,
            public_url: public_url?,
            database: database?,
            master_keys: master_keys?,
            zoom: zoom?,
            domain_file: domain_file?,
            zoom_at: zoom_at?,
            support_email: support_email?,
            smtp: smtp?,
            rate_limits: rate_limits?,
            trusted_proxies: trusted_proxies?,
            webhook_window: Window {
                past: past?,
                ahead: ahead?,
            },
        })
    }

    /// Where requests are accepted.
    pub(crate) fn listen(&mut self) -> Read<SocketAddr> {
        let said = self.given(&keys::LISTEN)?;
        let text = said.text.replacen("localhost", "127.0.0.1", 1);
        self.parsed(&keys::LISTEN, text.parse().ok(), || {
            "is no address and port; write it like 127.0.0.1:8080".to_owned()
        })
    }

    /// Whether requests are limited.
    pub(crate) fn rate_limits(&mut self) -> Read<bool> {
        self.switch(&keys::RATE_LIMITS)
    }

    fn switch(&mut self, key: &'static Key) -> Read<bool> {
        let said = self.given(key)?;
        let is_on = match said.text.as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        self.parsed(key, is_on, || "has to be on or off".to_owned())
    }

    fn trusted_proxies(&mut self) -> Read<Proxies> {
        let key = &keys::TRUSTED_PROXIES;
        let said = self.given(key)?;
        match said.text.parse() {
            Ok(proxies) => Ok(proxies),
            Err(error) => self.wrong(
                key,
                &format!(
                    "has to be the proxies' addresses or networks with commas between them, or \
                     none: {error}"
                ),
            ),
        }
    }

    pub(crate) fn public_url(&mut self, listen: Option<&SocketAddr>) -> Read<Option<Url>> {
        let key = &keys::PUBLIC_URL;
        let Some(said) = self.said(key) else {
            let reachable =
                listen.is_none_or(|at| at.ip().is_loopback() || at.ip().is_unspecified());
            if reachable {
                return Ok(None);
            }
            return self.wrong(
                key,
                "has to be set when the server listens beyond this machine: people and Zoom need \
                 its https address",
            );
        };
        let Ok(url) = said.text.parse::<Url>() else {
            return self.wrong(
                key,
                "is no address; write it like https://rooms.example.com",
            );
        };
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        match url.scheme() {
            _ if url.host().is_none() || !bare => self.wrong(
                key,
                "has to be the bare address, without a path, like https://rooms.example.com",
            ),
            "https" => Ok(Some(url)),
            "http" if is_loopback(&url) => Ok(Some(url)),
            "http" => self.wrong(
                key,
                "has to begin with https://; http:// is for addresses of this machine only, since \
                 passwords would travel readably",
            ),
            _ => self.wrong(key, "has to begin with https://"),
        }
    }

    fn database(&mut self) -> Read<Database> {
        let said = self.given(&keys::DATABASE_URL)?;
        let url = said.text.parse::<DatabaseUrl>().ok();
        let url = self.parsed(&keys::DATABASE_URL, url, || {
            "has to be sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME".to_owned()
        })?;
        Ok(Database {
            url,
            chosen: said.source != Source::Default,
        })
    }

    fn master_keys(&mut self) -> Read<Option<MasterKeys>> {
        let (sealing, other) = (
            self.master_key(&keys::MASTER_KEY),
            self.master_key(&keys::MASTER_KEY_OTHER),
        );
        let (sealing, other) = (sealing?, other?);
        let key = &keys::MASTER_KEY_OTHER;
        match (sealing, other) {
            (Some(sealing), Some(other)) if sealing.id() == other.id() => {
                self.wrong(key, "is the same key; set the next or the earlier one")
            }
            (Some(sealing), other) => Ok(Some(MasterKeys { sealing, other })),
            (None, Some(_)) => self.wrong(key, "has to be set beside the master key"),
            (None, None) => Ok(None),
        }
    }

    fn master_key(&mut self, key: &'static Key) -> Read<Option<MasterKey>> {
        let Some(said) = self.said(key) else {
            return Ok(None);
        };
        let read = MasterKey::from_base64(&said.text).ok();
        self.parsed(key, read, || {
            "has to be 32 random bytes in base64; make one with \
             `head -c 32 /dev/urandom | base64`"
                .to_owned()
        })
        .map(Some)
    }

    fn zoom_at(&mut self) -> Read<ZoomAddresses> {
        let oauth = self.zoom_url(&keys::ZOOM_OAUTH_URL);
        let api = self.zoom_url(&keys::ZOOM_API_URL);
        let said = self.said(&keys::ZOOM_API_URL);
        Ok(ZoomAddresses {
            oauth: oauth?,
            api: api?,
            api_chosen: said.is_some_and(|said| said.source != Source::Default),
        })
    }

    fn zoom(&mut self) -> Read<Option<Zoom>> {
        let client_id = self.said(&keys::ZOOM_CLIENT_ID);
        let client_secret = self.said(&keys::ZOOM_CLIENT_SECRET);
        let webhook = self.said(&keys::ZOOM_WEBHOOK_SECRET);
        let confirms_deletion = self.switch(&keys::ZOOM_DATA_COMPLIANCE)?;
        let (client_id, client_secret) = match (client_id, client_secret) {
            (Some(id), Some(secret)) => (id.text, SecretString::from(secret.text)),
            (None, None) => return Ok(None),
            (Some(_), None) => {
                return self.wrong(
                    &keys::ZOOM_CLIENT_SECRET,
                    "has to be set beside the client id",
                );
            }
            (None, Some(_)) => {
                return self.wrong(
                    &keys::ZOOM_CLIENT_ID,
                    "has to be set beside the client secret",
                );
            }
        };
        let secrets = webhook.map(|said| said.text).unwrap_or_default();
        let webhook_secrets = secrets
            .split(',')
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .map(SecretString::from)
            .collect();
        Ok(Some(Zoom {
            client_id,
            client_secret,
            webhook_secrets,
            confirms_deletion,
        }))
    }

    /// The code that Zoom gave out, or the path of the file with it.
    fn domain_file(&mut self) -> Read<Option<DomainFile>> {
        let key = &keys::ZOOM_DOMAIN_VERIFICATION;
        let Some(said) = self.said(key) else {
            return Ok(None);
        };
        let path = Path::new(&said.text);
        if path.extension().is_none() && path.components().count() == 1 {
            return self.served(key, rooms_web::domain::FILE.to_owned(), &said.text);
        }
        let name = path.file_name().and_then(|name| name.to_str());
        match (name, std::fs::read_to_string(path)) {
            (Some(name), Ok(text)) => self.served(key, name.to_owned(), &text),
            (_, Err(error)) => self.wrong(key, &format!("cannot be read: {error}")),
            (None, _) => self.wrong(key, "names no file"),
        }
    }

    fn served(
        &mut self,
        key: &'static Key,
        name: String,
        content: &str,
    ) -> Read<Option<DomainFile>> {
        let content = content.trim().to_owned();
        if content.is_empty() || content.len() > 4_096 {
            return self.wrong(
                key,
                "has to be the code that Zoom gave out, or the file with it",
            );
        }
        Ok(Some(DomainFile { name, content }))
    }

    fn zoom_url(&mut self, key: &'static Key) -> Read<Url> {
        let said = self.given(key)?;
        let url = said.text.parse::<Url>().ok().filter(|url| {
            let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
            safe && url.host().is_some()
        });
        self.parsed(key, url, || {
            "has to be an https:// address; http:// is for addresses of this machine only"
                .to_owned()
        })
    }

    fn email(&mut self, key: &'static Key) -> Read<String> {
        let said = self.given(key)?;
        let email = text::email("email", &said.text).ok();
        self.parsed(key, email, || {
            "has to be an e-mail address like name@example.com".to_owned()
        })
    }

    fn smtp(&mut self, support_email: Option<&str>) -> Read<Option<Smtp>> {
        let from = match self.said(&keys::MAIL_FROM) {
            Some(_) => self.email(&keys::MAIL_FROM),
            None => support_email.map(str::to_owned).ok_or(Wrong),
        };
        let Some(said) = self.said(&keys::SMTP_URL) else {
            return Ok(None);
        };
        let url = said.text.parse::<Url>().ok();
        let url =
            url.filter(|url| ["smtp", "smtps"].contains(&url.scheme()) && url.host().is_some());
        let Some(url) = url else {
            return self.wrong(
                &keys::SMTP_URL,
                "has to be smtps://USER:PASSWORD@HOST:465 or smtp://HOST:PORT",
            );
        };
        let sealed = url.scheme() == "smtps" || url.query() == Some("tls=required");
        if url.password().is_some() && !sealed && !stays_here(&url) {
            return self.wrong(
                &keys::SMTP_URL,
                "would send the password readably: write smtps://, or end it with ?tls=required",
            );
        }
        Ok(Some(Smtp {
            url: SecretString::from(said.text),
            from: from?,
        }))
    }

    fn minutes(&mut self, key: &'static Key) -> Read<Duration> {
        let said = self.given(key)?;
        let minutes = said.text.parse::<u32>().ok();
        let minutes = minutes.filter(|minutes| (1..=24 * 60).contains(minutes));
        self.parsed(key, minutes, || {
            "has to be a number of minutes from 1 to 1440".to_owned()
        })
        .map(|minutes| Duration::from_secs(u64::from(minutes) * 60))
    }

    /// What holds for a key that has a default.
    fn given(&self, key: &Key) -> Read<Said> {
        self.said(key).ok_or(Wrong)
    }

    fn said(&self, key: &Key) -> Option<Said> {
        self.layers.said(key).cloned()
    }

    fn parsed<T>(
        &mut self,
        key: &'static Key,
        value: Option<T>,
        message: impl FnOnce() -> String,
    ) -> Read<T> {
        match value {
            Some(value) => Ok(value),
            None => self.wrong(key, &message()),
        }
    }

    /// Keeps what is wrong. The value itself is not repeated where it is secret.
    fn wrong<T>(&mut self, key: &'static Key, message: &str) -> Read<T> {
        let said = self.said(key);
        let named = match said.as_ref().map(|said| &said.source) {
            Some(Source::File(path)) => format!("{}, {}", path.display(), key.name),
            Some(Source::Flag(flag)) => (*flag).to_owned(),
            _ => key.variable(),
        };
        let message = match said {
            Some(said) if !key.secret => format!("{:?} {message}", said.text),
            _ => message.to_owned(),
        };
        self.problems.push(Problem { named, message });
        Err(Wrong)
    }
}

/// Whether an address cannot leave this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// The same for an address of another scheme, whose host is not parsed.
fn stays_here(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    })
}

/// The address people use where nothing else is said.
pub(crate) fn public_address(at: SocketAddr) -> SocketAddr {
    if at.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), at.port())
    } else {
        at
    }
}
