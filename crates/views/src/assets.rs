//! Static files, embedded in the binary.
//!
//! Each file has two addresses: one with a hash of its content, which may be kept for ever, and its
//! plain name, which is checked again with its `ETag`. Templates only use the first, through [`url`].

use std::fmt::Write as _;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// All styles in one file, so that a first view waits for one request.
const STYLES: &str = concat!(
    include_str!("../static/css/tokens.css"),
    include_str!("../static/css/base.css"),
    include_str!("../static/css/steps.css"),
    include_str!("../static/css/nav.css"),
    include_str!("../static/css/buttons.css"),
    include_str!("../static/css/fields.css"),
    include_str!("../static/css/states.css"),
    include_str!("../static/css/cards.css"),
    include_str!("../static/css/timeline.css"),
    include_str!("../static/css/booking.css"),
    include_str!("../static/css/tables.css"),
    include_str!("../static/css/results.css"),
    include_str!("../static/css/apps.css"),
    include_str!("../static/css/feedback.css"),
    include_str!("../static/css/entry.css"),
    include_str!("../static/css/prose.css"),
    include_str!("../static/css/pages.css"),
    include_str!("../static/css/settings.css"),
    include_str!("../static/css/styleguide.css"),
    include_str!("../static/css/contrast.css"),
);

/// The script and its elements, as one file for the same reason.
const SCRIPT: &str = concat!(
    include_str!("../static/app.js"),
    include_str!("../static/chips.js"),
    include_str!("../static/day-slot.js"),
    include_str!("../static/day-card.js"),
    include_str!("../static/day-keys.js"),
    include_str!("../static/day-move.js"),
    include_str!("../static/day.js"),
);

/// What passkeys need, only for the pages that take them.
const PASSKEYS: &str = include_str!("../static/passkeys.js");

/// What the service is made of: name, type and content.
const FILES: &[(&str, &str, &str)] = &[
    ("app.css", "text/css; charset=utf-8", STYLES),
    ("app.js", "text/javascript; charset=utf-8", SCRIPT),
    ("passkeys.js", "text/javascript; charset=utf-8", PASSKEYS),
    (
        "icons.svg",
        "image/svg+xml",
        include_str!("../static/icons.svg"),
    ),
    (
        "favicon.svg",
        "image/svg+xml",
        include_str!("../static/favicon.svg"),
    ),
    (
        "down.svg",
        "image/svg+xml",
        include_str!("../static/down.svg"),
    ),
];

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    name: &'static str,
    hashed: String,
    /// The tag of its content, in quotes (RFC 9110, 8.8.3).
    pub etag: String,
    /// Its content type.
    pub kind: &'static str,
    /// Its content.
    pub content: &'static str,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset = |&(name, kind, content): &(&'static str, &'static str, &'static str)| {
        let mut hash = String::new();
        for byte in Sha256::digest(content.as_bytes()).iter().take(6) {
            let _ = write!(hash, "{byte:02x}");
        }
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        Asset {
            name,
            hashed: format!("/static/{stem}.{hash}.{ending}"),
            etag: format!("\"{hash}\""),
            kind,
            content,
        }
    };
    FILES.iter().map(asset).collect()
});

/// The address of a static file, with its content's hash. A name that is not embedded is an empty
/// address, which the tests of the views would show.
#[must_use]
pub fn url(name: &str) -> &'static str {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map_or("", |asset| asset.hashed.as_str())
}

/// The file of this name below `/static`, plain or with a hash, and whether the name has the hash.
#[must_use]
pub fn find(name: &str) -> Option<(&'static Asset, bool)> {
    let hashed = format!("/static/{name}");
    let asset = ASSETS
        .iter()
        .find(|asset| asset.name == name || asset.hashed == hashed)?;
    Some((asset, asset.hashed == hashed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_for_passkeys_stays_small() {
        assert!(PASSKEYS.len() < 4_000, "{} bytes", PASSKEYS.len());
        assert!(!SCRIPT.contains("PublicKeyCredential"));
    }

    #[test]
    fn the_script_stays_small() {
        assert!(SCRIPT.len() < 30_000, "{} bytes", SCRIPT.len());
        for part in [
            include_str!("../static/app.js"),
            include_str!("../static/chips.js"),
            include_str!("../static/day-slot.js"),
            include_str!("../static/day-card.js"),
            include_str!("../static/day-keys.js"),
            include_str!("../static/day-move.js"),
            include_str!("../static/day.js"),
        ] {
            assert!(part.lines().count() < 300, "{} lines", part.lines().count());
        }
    }
}
