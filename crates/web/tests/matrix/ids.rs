//! What an address can name.

/// What a company has, as addresses name it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids {
    pub(crate) company: String,
    pub(crate) site: String,
    pub(crate) spare_site: String,
    pub(crate) retired_site: String,
    pub(crate) room: String,
    pub(crate) retired_room: String,
    pub(crate) officer: String,
    pub(crate) asking: String,
    pub(crate) invited: String,
    pub(crate) deactivated: String,
    pub(crate) group: String,
    pub(crate) plain: String,
    pub(crate) linked: String,
    pub(crate) failed: String,
    pub(crate) drifted: String,
    pub(crate) removing: String,
    pub(crate) cancelled: String,
    pub(crate) connection: String,
    pub(crate) left_connection: String,
    pub(crate) notice: String,
    pub(crate) device: String,
    pub(crate) api_token: String,
    pub(crate) passkey: String,
    pub(crate) request: String,
    pub(crate) run: String,
    pub(crate) finding: String,
    pub(crate) job: String,
    pub(crate) zoom_app: String,
    pub(crate) invitation: String,
    pub(crate) way_to_zoom: String,
    pub(crate) email: String,
}

impl Ids {
    /// Ids of the same kinds that nothing has.
    pub(crate) fn of_nobody() -> Self {
        let of = |prefix: &str| format!("{prefix}_{}", "0123456789abcdef".repeat(2));
        Self {
            company: of("co"),
            site: of("si"),
            spare_site: of("si"),
            retired_site: of("si"),
            room: of("rm"),
            retired_room: of("rm"),
            officer: of("pe"),
            asking: of("pe"),
            invited: of("pe"),
            deactivated: of("pe"),
            group: of("gr"),
            plain: of("bk"),
            linked: of("bk"),
            failed: of("bk"),
            drifted: of("bk"),
            removing: of("bk"),
            cancelled: of("bk"),
            connection: of("cn"),
            left_connection: of("cn"),
            notice: of("nt"),
            device: of("se"),
            api_token: of("tk"),
            passkey: of("pk"),
            request: of("dr"),
            run: of("rc"),
            finding: of("fd"),
            job: of("jb"),
            zoom_app: of("za"),
            invitation: "nobody-was-invited-with-this".to_owned(),
            way_to_zoom: "nobody-left-for-zoom-with-this".to_owned(),
            email: "nobody@nowhere.example".to_owned(),
        }
    }
}
