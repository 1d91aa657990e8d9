//! What can be configured.

/// Where every variable's name begins.
pub(crate) const PREFIX: &str = "ONECLICKROOMS_";

/// One thing that can be configured.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// Its name in the file; the variable is the same in capitals, behind the prefix.
    pub(crate) name: &'static str,
    /// Masked when shown, and readable from a file of its own.
    pub(crate) secret: bool,
    /// What holds where nothing is said.
    pub(crate) default: Option<&'static str>,
    /// What `config check` says where nothing is said and there is no default.
    pub(crate) absent: &'static str,
}

impl Key {
    const fn plain(name: &'static str, default: &'static str) -> Self {
        Self {
            name,
            secret: false,
            default: Some(default),
            absent: "",
        }
    }

    const fn open(name: &'static str, absent: &'static str) -> Self {
        Self {
            name,
            secret: false,
            default: None,
            absent,
        }
    }

    const fn secret(name: &'static str, absent: &'static str) -> Self {
        Self {
            name,
            secret: true,
            default: None,
            absent,
        }
    }

    /// The variable's name.
    pub(crate) fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_uppercase())
    }
}

pub(crate) const LISTEN: Key = Key::plain("listen", "127.0.0.1:8080");
pub(crate) const PUBLIC_URL: Key = Key::open("public_url", "http:// and the listen address");
pub(crate) const DATABASE_URL: Key = Key {
    secret: true,
    default: Some("sqlite://oneclickrooms.db"),
    ..Key::secret("database_url", "")
};
pub(crate) const MASTER_KEY: Key = Key::secret("master_key", "missing");
pub(crate) const MASTER_KEY_OTHER: Key = Key::secret("master_key_other", "none");
pub(crate) const ZOOM_CLIENT_ID: Key = Key::open("zoom_client_id", "Zoom cannot be connected");
pub(crate) const ZOOM_CLIENT_SECRET: Key = Key::secret("zoom_client_secret", "not set");
pub(crate) const ZOOM_WEBHOOK_SECRET: Key = Key::secret("zoom_webhook_secret", "not set");
pub(crate) const ZOOM_DOMAIN_VERIFICATION: Key =
    Key::open("zoom_domain_verification", "no file is served");
pub(crate) const ZOOM_DATA_COMPLIANCE: Key = Key::plain("zoom_data_compliance", "off");
pub(crate) const ZOOM_OAUTH_URL: Key = Key::plain("zoom_oauth_url", "https://zoom.us");
pub(crate) const ZOOM_API_URL: Key = Key::plain("zoom_api_url", "https://api.zoom.us");
pub(crate) const SUPPORT_EMAIL: Key = Key::plain("support_email", "support@oneclickrooms.com");
pub(crate) const SMTP_URL: Key = Key::secret("smtp_url", "no mail is sent");
pub(crate) const MAIL_FROM: Key = Key::open("mail_from", "the support address");
pub(crate) const RATE_LIMITS: Key = Key::plain("rate_limits", "on");
pub(crate) const TRUSTED_PROXIES: Key = Key::plain("trusted_proxies", "127.0.0.0/8,::1");
pub(crate) const WEBHOOK_MAX_AGE: Key = Key::plain("webhook_max_age_minutes", "90");
pub(crate) const WEBHOOK_MAX_AHEAD: Key = Key::plain("webhook_max_ahead_minutes", "5");
pub(crate) const LOG: Key = Key::open("log", "RUST_LOG, else info");
pub(crate) const LOG_FORMAT: Key = Key::plain("log_format", "text");

/// Everything, in the order it is shown.
pub(crate) const ALL: &[&Key] = &[
    &LISTEN,
    &PUBLIC_URL,
    &DATABASE_URL,
    &MASTER_KEY,
    &MASTER_KEY_OTHER,
    &ZOOM_CLIENT_ID,
    &ZOOM_CLIENT_SECRET,
    &ZOOM_WEBHOOK_SECRET,
    &ZOOM_DOMAIN_VERIFICATION,
    &ZOOM_DATA_COMPLIANCE,
    &ZOOM_OAUTH_URL,
    &ZOOM_API_URL,
    &SUPPORT_EMAIL,
    &SMTP_URL,
    &MAIL_FROM,
    &RATE_LIMITS,
    &TRUSTED_PROXIES,
    &WEBHOOK_MAX_AGE,
    &WEBHOOK_MAX_AHEAD,
    &LOG,
    &LOG_FORMAT,
];

/// Which key a name means, and whether it names the file that holds the value.
pub(crate) fn find(name: &str) -> Option<(&'static Key, bool)> {
    let named = |name: &str| ALL.iter().copied().find(|key| key.name == name);
    if let Some(key) = named(name) {
        return Some((key, false));
    }
    let key = named(name.strip_suffix("_file")?)?;
    key.secret.then_some((key, true))
}

/// The known name that a mistyped one is nearest to, if it is near.
pub(crate) fn nearest(name: &str) -> Option<String> {
    let files = ALL.iter().filter(|key| key.secret);
    let names = ALL.iter().map(|key| key.name.to_owned());
    names
        .chain(files.map(|key| format!("{}_file", key.name)))
        .map(|known| (distance(name, &known), known))
        .filter(|(distance, known)| *distance <= 2 && *distance * 2 < known.len())
        .min()
        .map(|(_, known)| known)
}

/// How many letters have to be put in, taken out or changed to make one word of another.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((to, beside), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or_default();
            let change = beside + usize::from(from != *to);
            next.push(change.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_names_are_recognised_and_strange_ones_are_not() {
        assert_eq!(nearest("listn").as_deref(), Some("listen"));
        assert_eq!(nearest("databse_url").as_deref(), Some("database_url"));
        assert_eq!(
            nearest("master_key_fil").as_deref(),
            Some("master_key_file")
        );
        assert_eq!(nearest("bin"), None);
        assert_eq!(nearest("test_postgres"), None);
    }

    #[test]
    fn only_secrets_come_from_files_of_their_own() {
        assert!(find("master_key_file").is_some_and(|(key, file)| file && key == &MASTER_KEY));
        assert!(find("listen_file").is_none());
        assert!(find("smtp_url").is_some_and(|(_, file)| !file));
    }
}
