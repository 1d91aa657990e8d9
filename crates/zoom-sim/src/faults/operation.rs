//! Which call a request is.

/// A kind of call that a client makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `POST /v2/users/me/meetings`.
    Create,
    /// `GET /v2/meetings/{id}`.
    Get,
    /// `GET /v2/users/me/meetings`.
    List,
    /// `PATCH /v2/meetings/{id}`.
    Update,
    /// `DELETE /v2/meetings/{id}`.
    Delete,
    /// `POST /oauth/token`, for a code as well as for a refresh.
    Token,
    /// `POST /oauth/token` for a refresh alone.
    Refresh,
    /// `POST /oauth/revoke`.
    Revoke,
    /// `POST /oauth/data/compliance`.
    Compliance,
    /// `PUT /v2/meetings/{id}/status`.
    End,
    /// `GET /v2/users/me`.
    Me,
    /// `GET /v2/users/me/settings`.
    Settings,
    /// Each of them; the pages for people are never struck.
    Any,
}

impl Operation {
    /// Names as the console page writes them.
    pub(crate) const ALL: [(&'static str, Self); 13] = [
        ("create", Self::Create),
        ("get", Self::Get),
        ("list", Self::List),
        ("update", Self::Update),
        ("delete", Self::Delete),
        ("token", Self::Token),
        ("refresh", Self::Refresh),
        ("revoke", Self::Revoke),
        ("compliance", Self::Compliance),
        ("end", Self::End),
        ("me", Self::Me),
        ("settings", Self::Settings),
        ("any", Self::Any),
    ];

    /// Which call a request is; `body` tells a refresh from a first exchange.
    pub(crate) fn of(method: &str, path: &str, body: &[u8]) -> Option<Self> {
        match (method, path) {
            ("POST", "/oauth/token") => {
                let refresh = url::form_urlencoded::parse(body)
                    .any(|(name, value)| name == "grant_type" && value == "refresh_token");
                Some(if refresh { Self::Refresh } else { Self::Token })
            }
            ("POST", "/oauth/revoke") => Some(Self::Revoke),
            ("POST", "/oauth/data/compliance") => Some(Self::Compliance),
            _ => {
                let rest = path.strip_prefix("/v2/")?;
                let parts: Vec<&str> = rest.split('/').collect();
                match (method, parts.as_slice()) {
                    ("GET", ["users", _]) => Some(Self::Me),
                    ("GET", ["users", _, "settings"]) => Some(Self::Settings),
                    ("POST", ["users", _, "meetings"]) => Some(Self::Create),
                    ("GET", ["users", _, "meetings"]) => Some(Self::List),
                    ("GET", ["meetings", _]) => Some(Self::Get),
                    ("PATCH", ["meetings", _]) => Some(Self::Update),
                    ("DELETE", ["meetings", _]) => Some(Self::Delete),
                    ("PUT", ["meetings", _, "status"]) => Some(Self::End),
                    _ => None,
                }
            }
        }
    }

    /// Its name on the console page and in files.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == self)
            .map_or("any", |(name, _)| name)
    }

    pub(super) fn covers(self, call: Self) -> bool {
        self == call || self == Self::Any || (self == Self::Token && call == Self::Refresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_apart() {
        let of = |method, path| Operation::of(method, path, b"");
        assert_eq!(of("POST", "/v2/users/me/meetings"), Some(Operation::Create));
        assert_eq!(of("GET", "/v2/users/me/meetings"), Some(Operation::List));
        assert_eq!(of("GET", "/v2/users/me"), Some(Operation::Me));
        assert_eq!(of("PATCH", "/v2/meetings/1"), Some(Operation::Update));
        assert_eq!(of("GET", "/console"), None);
        let refresh = Operation::of("POST", "/oauth/token", b"grant_type=refresh_token");
        assert_eq!(refresh, Some(Operation::Refresh));
    }
}
