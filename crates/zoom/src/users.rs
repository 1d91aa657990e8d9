//! The Zoom user behind a connection.

use reqwest::Method;

use crate::client::{Access, Client};
use crate::error::Error;
use crate::wire;

/// A Zoom user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Zoom's id of the user; upper and lower case matter.
    pub id: String,
    /// The account the user belongs to.
    pub account_id: Option<String>,
    /// The mail address the user signs in with.
    pub email: Option<String>,
    /// The name shown in meetings.
    pub display_name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// 1 basic (meetings end after 40 minutes), 2 licensed, others rare.
    pub kind: Option<u8>,
    /// The user's IANA zone.
    pub time_zone: Option<String>,
}

impl Client {
    /// The user the access token belongs to; needs the scope `user:read:user`.
    pub async fn me(&self, access: &Access) -> Result<User, Error> {
        let request = self.api(access, "me", Method::GET, &["users", "me"]);
        let user: wire::User = request.answer().await?;
        Ok(user.into())
    }
}

impl From<wire::User> for User {
    fn from(user: wire::User) -> Self {
        Self {
            id: user.id,
            account_id: user.account_id,
            email: user.email,
            display_name: user.display_name,
            first_name: user.first_name,
            last_name: user.last_name,
            kind: user.kind,
            time_zone: user.timezone,
        }
    }
}
