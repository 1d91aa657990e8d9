//! Authorization of the app by a Zoom user, and the tokens that come of it.
//!
//! Every refresh gives a new refresh token and kills the one that was used; a new authorization
//! by the same user kills the earlier tokens. So refresh from one place at a time and store the
//! new pair before using it.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::client::Client;
use crate::error::Error;
use crate::wire;

/// What an access token lives when the answer does not say.
const USUAL_LIFE: Duration = Duration::from_hours(1);

/// A pair of tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For calls to the API, about an hour.
    pub access_token: SecretString,
    /// For the next pair, once.
    pub refresh_token: SecretString,
    /// Life of the access token from the moment of the answer.
    pub expires_in: Duration,
    /// The scopes that were granted, which may be fewer than the app has.
    pub scopes: Vec<String>,
    /// Where this user's calls go, if the policy lets it be followed.
    pub api_url: Option<Url>,
    /// Zoom's clock at the answer.
    pub server_time: Option<Timestamp>,
}

impl Client {
    /// Where to send the user's browser. Zoom refuses a `scope` here: scopes are those of the
    /// app's configuration.
    #[must_use]
    pub fn authorize_url(&self, redirect_uri: &str, state: &str, code_challenge: &str) -> Url {
        let mut url = self.oauth_url("authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id())
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", state)
            .append_pair("code_challenge", code_challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// Turns the code of the callback into tokens. `redirect_uri` is the one of the authorization.
    pub async fn exchange_code(
        &self,
        code: &str,
        redirect_uri: &str,
        code_verifier: &str,
    ) -> Result<Tokens, Error> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", code_verifier),
        ];
        self.tokens("exchange_code", &form).await
    }

    /// Turns a refresh token into the next pair. With an unknown outcome the grant may be lost.
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens, Error> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose_secret()),
        ];
        self.tokens("refresh", &form).await
    }

    /// Ends the grant and removes the app for the user; the de-authorization webhook follows.
    pub async fn revoke(&self, access_token: &SecretString) -> Result<(), Error> {
        let form = [("token", access_token.expose_secret())];
        let done = |said: wire::Revoked| (said.status == "success").then_some(());
        self.oauth("revoke", "revoke", &form).answer_as(done).await
    }

    /// Confirms that what came from Zoom about a user was deleted after they removed the app.
    /// `event` is the payload of the `app_deauthorized` message as it came.
    ///
    /// The Data Compliance call, which Zoom asked for until about 2021 and no longer documents:
    /// whatever it answers, nothing may depend on it.
    pub async fn confirm_deletion(&self, event: &serde_json::Value) -> Result<(), Error> {
        let body = serde_json::json!({
            "client_id": self.client_id(),
            "user_id": event.get("user_id"),
            "account_id": event.get("account_id"),
            "deauthorization_event_received": event,
            "compliance_completed": true,
        });
        let any = |_: serde::de::IgnoredAny| Some(());
        self.compliance(&body).answer_as(any).await
    }

    async fn tokens(
        &self,
        operation: &'static str,
        form: &[(&str, &str)],
    ) -> Result<Tokens, Error> {
        let (tokens, server_time): (wire::TokenResponse, _) = self
            .oauth(operation, "token", form)
            .answer_with_time()
            .await?;
        let api_url = tokens
            .api_url
            .as_deref()
            .and_then(|url| self.permitted_api_url(url));
        Ok(Tokens {
            access_token: tokens.access_token.into(),
            refresh_token: tokens.refresh_token.into(),
            expires_in: tokens.expires_in.map_or(USUAL_LIFE, Duration::from_secs),
            scopes: tokens
                .scope
                .unwrap_or_default()
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            api_url,
            server_time,
        })
    }
}
