//! A fault as forms and files order it: in words.

use serde::Deserialize;

use super::{AimedFault, Fault, Only, Operation, Wishes, named};
use crate::words::{number, said, text};

/// As a form or a file says it; everything is text, and nothing is a wish for nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    #[serde(default = "any")]
    on: String,
    what: String,
    #[serde(default, deserialize_with = "text")]
    times: String,
    #[serde(default, deserialize_with = "text")]
    after: String,
    #[serde(default, deserialize_with = "text")]
    status: String,
    #[serde(default, deserialize_with = "text")]
    seconds: String,
    #[serde(default, deserialize_with = "text")]
    body: String,
    #[serde(default, deserialize_with = "text")]
    content_type: String,
    #[serde(default, deserialize_with = "text")]
    user: String,
    #[serde(default, deserialize_with = "text")]
    account: String,
    #[serde(default, deserialize_with = "text")]
    app: String,
    #[serde(default, deserialize_with = "text")]
    meeting: String,
}

impl Order {
    /// The fault that is meant, or what is wrong with the order.
    pub(crate) fn read(&self) -> Result<AimedFault, String> {
        let (_, on) = Operation::ALL
            .iter()
            .find(|(name, _)| *name == self.on)
            .ok_or_else(|| format!("there is no call {:?}", self.on))?;
        let wishes = Wishes {
            status: number("a status", &self.status)?,
            seconds: number("seconds", &self.seconds)?,
            body: said(&self.body),
            content_type: said(&self.content_type),
        };
        let times: Option<u32> = number("how many times", &self.times)?;
        if times == Some(0) {
            return Err("how many times is a number from 1, or nothing for always".into());
        }
        let what = named(&self.what, &wishes)?;
        let mut aimed = AimedFault::from(Fault {
            on: *on,
            times,
            what,
        });
        aimed.skip = number("after how many", &self.after)?.unwrap_or_default();
        aimed.only.extend(said(&self.user).map(Only::User));
        aimed.only.extend(said(&self.account).map(Only::Account));
        aimed.only.extend(said(&self.app).map(Only::App));
        aimed
            .only
            .extend(number("a meeting", &self.meeting)?.map(Only::Meeting));
        Ok(aimed)
    }
}

fn any() -> String {
    "any".into()
}
