//! What an app has to be set up with at Zoom, as values to copy and as Zoom's app manifest.

use rooms_core::ZoomAppId;
use rooms_core::connection::ZOOM_SCOPES;
use serde_json::{Value, json};
use url::Url;

use crate::app::App;
use crate::zoom::connect;

/// What an app is called where nothing else is wanted.
pub const NAME: &str = "OneClickRooms";

/// The events that are listened to: what Zoom calls them, and their names on its pages.
pub const EVENTS: [(&str, &str); 6] = [
    ("meeting.updated", "Meeting has been updated"),
    ("meeting.deleted", "Meeting has been deleted"),
    (
        "meeting.permanently_deleted",
        "Meeting has been permanently deleted",
    ),
    ("meeting.recovered", "Meeting has been recovered"),
    ("meeting.started", "Start Meeting"),
    ("meeting.ended", "End Meeting"),
];

/// The values an app is set up with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// Where Zoom sends people back to; the only entry of the allow list.
    pub redirect: String,
    /// Where Zoom sends events and de-authorizations.
    pub webhook: String,
}

/// The values of the operator's app.
#[must_use]
pub fn of_operator(app: &App) -> Values {
    of(app, None)
}

/// The values of the operator's app on a server that people reach at an address.
#[must_use]
pub fn at(public_url: &Url) -> Values {
    let address = public_url.as_str().trim_end_matches('/');
    Values {
        redirect: format!("{address}{}", connect::CALLBACK),
        webhook: format!("{address}/webhooks/zoom"),
    }
}

/// The values of an app: a company's own has a webhook address of its own.
pub(crate) fn of(app: &App, own: Option<ZoomAppId>) -> Values {
    let webhook = match own {
        None => app.link("/webhooks/zoom"),
        Some(id) => app.link(&format!("/webhooks/zoom/{id}")),
    };
    Values {
        redirect: connect::redirect_uri(app),
        webhook,
    }
}

impl Values {
    /// Zoom's app manifest: a user-managed app with these values, the least scopes and the events.
    ///
    /// The addresses stand for development and production alike, since each installation of ours is
    /// one or the other and has an app of its own.
    ///
    /// <https://developers.zoom.us/docs/build-flow/manifest/>
    #[must_use]
    pub fn manifest(&self, name: &str) -> Value {
        let scopes = ZOOM_SCOPES.map(|(scope, _)| json!({ "scope": scope, "optional": false }));
        json!({
            "display_information": {
                "display_name": name,
                "description": "Books conference rooms, and makes the Zoom meetings of the bookings.",
            },
            "oauth_information": {
                "usage": "USER_OPERATION",
                "development_redirect_uri": self.redirect,
                "production_redirect_uri": self.redirect,
                "oauth_allow_list": [self.redirect],
                "strict_mode": true,
                "subdomain_strict_mode": true,
                "scopes": scopes,
                "scope_description": scope_description(),
                "enable_private_pkce_client": true,
                "enable_public_pkce_client": false,
            },
            "features": {
                "products": ["ZOOM_MEETING"],
                "event_subscription": {
                    "enable": true,
                    "events": [{
                        "subscription_name": "OneClickRooms",
                        "event_usage": "EVENT_FOR_USER",
                        "event_types": EVENTS.map(|(name, _)| name),
                        "development_webhook_url": self.webhook,
                        "production_webhook_url": self.webhook,
                    }],
                },
            },
        })
    }
}

/// Why each permission is asked for, as Zoom's reviewers want to read it.
fn scope_description() -> String {
    let lines = ZOOM_SCOPES.map(|(scope, why)| format!("{scope}: {why}"));
    lines.join("\n")
}
