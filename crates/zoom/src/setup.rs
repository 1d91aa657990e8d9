//! Whether an app is set up at Zoom as we think it is, asked without anybody signing in.
//!
//! Zoom has no address that answers this. Two that it does have give it away: the token endpoint
//! looks at client id and secret before it looks at a code, and the authorize page says at once
//! when it does not know the app or its redirect address.

use jiff::Timestamp;
use url::Url;

use crate::client::Client;
use crate::error::{Class, Error};
use crate::pkce;

/// A code that Zoom has given nobody.
const NO_CODE: &str = "not-a-code-only-a-check-of-the-credentials";
/// A verifier of the length that RFC 7636 asks for.
const VERIFIER: &str = "not-a-secret-only-a-check-of-the-redirect-address";

/// What Zoom says of client id and secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Whether they belong together.
    pub accepted: bool,
    /// Zoom's clock at the answer.
    pub server_time: Option<Timestamp>,
}

/// What Zoom's authorize page makes of an app and its redirect address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorizePage {
    /// It goes on to signing in or to consent.
    GoesOn,
    /// There is no app with this client id (4702).
    UnknownApp,
    /// The redirect address is not one of the app's (4700).
    WrongRedirect,
    /// Neither of these: the status of a page that says something else.
    Unclear(u16),
}

impl Client {
    /// Offers the token endpoint a code that cannot be right: what it refuses first tells whether
    /// client id and secret are.
    ///
    /// <https://developers.zoom.us/docs/integrations/oauth-error-messages/>
    pub async fn try_credentials(&self, redirect_uri: &str) -> Result<Credentials, Error> {
        match self.exchange_code(NO_CODE, redirect_uri, VERIFIER).await {
            Ok(tokens) => Ok(Credentials {
                accepted: true,
                server_time: tokens.server_time,
            }),
            Err(error) => {
                let accepted = match error.class() {
                    // 4709 is about the redirect address, which is looked at later.
                    Class::OurConfiguration => error.code() == Some(4709),
                    Class::ReconnectNeeded | Class::Refused => true,
                    _ => return Err(error),
                };
                let server_time = error.server_time();
                Ok(Credentials {
                    accepted,
                    server_time,
                })
            }
        }
    }

    /// Opens the authorize page as a browser without a session would.
    pub async fn try_authorize_page(&self, redirect_uri: &str) -> Result<AuthorizePage, Error> {
        let url = self.authorize_url(redirect_uri, "check", &pkce::challenge(VERIFIER));
        let (status, body) = self.page("authorize_page", url).page().await?;
        let body = String::from_utf8_lossy(&body);
        Ok(match status {
            500.. | 429 => return Err(Error::answered("authorize_page", status, Class::TryAgain)),
            _ if says(&body, "4,702", "4702") || says(&body, "4,704", "4704") => {
                AuthorizePage::UnknownApp
            }
            _ if says(&body, "4,700", "4700") => AuthorizePage::WrongRedirect,
            200..400 => AuthorizePage::GoesOn,
            _ => AuthorizePage::Unclear(status),
        })
    }
}

/// Where the file by which Zoom verifies a domain may be.
pub const DOMAIN_FILES: [&str; 2] = ["/zoomverify/verifyzoom.html", "/verifyzoom.html"];

impl Client {
    /// What is at an address beside Zoom's, as Zoom would see it: the text of a page, and nothing
    /// where there is none.
    pub async fn try_page(&self, url: Url) -> Result<Option<String>, Error> {
        let (status, body) = self.page("page", url).page().await?;
        Ok((status == 200).then(|| String::from_utf8_lossy(&body).into_owned()))
    }
}

/// Whether a page names an error: in words as `Invalid redirect (4,700)`, in JSON as a number.
fn says(page: &str, in_words: &str, in_json: &str) -> bool {
    let number = format!("\"errorCode\":{in_json}");
    page.contains(&format!("({in_words})")) || page.replace(' ', "").contains(&number)
}
