//! The table: each trouble of the simulator's catalogue, and what it has to mean to us.

use super::cell::{Deed, play};

/// What a fault has to mean, whichever code is sent for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    /// Nothing: the answer is right all the same.
    Nothing,
    /// Nothing was done, and nothing says so: try again.
    Silence,
    /// It was done, and the answer was lost: look, and never do it twice.
    Lost,
    /// A limit is reached: wait.
    Wait,
    /// The access token is refused, and the next one too: the person signs in again.
    Token,
    /// The grant is dead: the person signs in again.
    Grant,
    /// The app was removed in Zoom, or its user is gone: the connection ends.
    Removed,
    /// A permission is missing: the person connects again with all of them.
    Scope,
    /// The operator's own configuration is wrong: no connection suffers.
    Operator,
    /// Zoom understood and declined: its words are shown.
    Declined,
    /// There is no such meeting.
    Gone,
}

impl Means {
    /// Whether the person of the connection has to act.
    pub(crate) fn asks_the_person(self) -> bool {
        matches!(self, Self::Token | Self::Grant | Self::Scope)
    }
}

/// A trouble of the catalogue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Its name there.
    pub(crate) name: &'static str,
    /// What it means in an answer of the API; nothing where only the token endpoint says so.
    at_api: Option<Means>,
    /// What it means in an answer of the token endpoint.
    at_tokens: Means,
}

impl Kind {
    /// Whether it strikes where tokens are renewed.
    pub(crate) fn strikes_tokens(&self, deed: Deed) -> bool {
        deed == Deed::Refresh || self.at_api.is_none()
    }

    /// What it means to a deed.
    pub(crate) fn means(&self, deed: Deed) -> Means {
        if self.strikes_tokens(deed) {
            return match self.at_tokens {
                // A refresh token works once.
                Means::Lost => Means::Grant,
                means => means,
            };
        }
        let means = self.at_api.unwrap();
        let body = matches!(
            self.name,
            "cut-short" | "drip" | "truncated" | "emptied" | "mislabelled"
        );
        // A deletion is answered without a body that could be spoilt.
        if body && deed == Deed::Cancel {
            Means::Nothing
        } else {
            means
        }
    }

    /// Whether what it hides can come out only where it strikes once: what Zoom says to a refresh
    /// token that was used up.
    pub(crate) fn strikes_once(&self, deed: Deed) -> bool {
        self.strikes_tokens(deed) && self.at_tokens == Means::Lost
    }

    /// Whether no other trouble above it in the table means the same.
    pub(crate) fn is_first_of_its_meaning(&self) -> bool {
        let same = |kind: &&Self| (kind.at_api, kind.at_tokens) == (self.at_api, self.at_tokens);
        KINDS
            .iter()
            .find(same)
            .is_some_and(|first| first.name == self.name)
    }

    /// Whether the client waits until its patience ends.
    pub(crate) fn hangs(&self) -> bool {
        matches!(self.name, "hang-before" | "hang-after" | "slow" | "drip")
    }
}

macro_rules! table {
    ($($test:ident $name:literal $($api:ident)? / $tokens:ident;)+) => {
        /// Every trouble, in the order of the catalogue.
        pub(crate) const KINDS: &[Kind] = &[$(
            Kind { name: $name, at_api: table!(@api $($api)?), at_tokens: Means::$tokens },
        )+];
        table!(@deed creating Create $($test $name)+);
        table!(@deed changing Change $($test $name)+);
        table!(@deed cancelling Cancel $($test $name)+);
        table!(@deed refreshing Refresh $($test $name)+);
        table!(@deed probing Probe $($test $name)+);
    };
    (@api) => { None };
    (@api $means:ident) => { Some(Means::$means) };
    (@deed $module:ident $deed:ident $($test:ident $name:literal)+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $test() {
                    super::play($name, super::Deed::$deed).await;
                }
            )+
        }
    };
}

table! {
    // What it means to the API / to the token endpoint.
    drop_before "drop-before" Silence / Silence;
    drop_after "drop-after" Lost / Lost;
    cut_short "cut-short" Lost / Lost;
    hang_before "hang-before" Silence / Silence;
    hang_after "hang-after" Lost / Lost;
    slow "slow" Silence / Silence;
    drip "drip" Lost / Lost;

    status "status" Silence / Silence;
    status_after "status-after" Lost / Lost;
    raw "raw" Silence / Silence;
    raw_after "raw-after" Lost / Lost;
    html "html" Silence / Silence;
    html_after "html-after" Lost / Lost;
    xml "xml" Silence / Silence;
    nonsense "nonsense" Silence / Silence;
    not_json "not-json" Silence / Silence;
    empty "empty" Silence / Silence;
    truncated "truncated" Lost / Lost;
    emptied "emptied" Lost / Lost;
    mislabelled "mislabelled" Nothing / Nothing;

    per_second "per-second" Wait / Silence;
    daily_account "daily-account" Wait / Silence;
    daily_user "daily-user" Wait / Silence;
    concurrent "concurrent" Wait / Silence;

    token_expired "124-expired" Token / Grant;
    token_invalid "124-invalid" Token / Grant;
    token_in_query "124-query" Operator / Grant;
    scopes_missing "4711-scopes" Scope / Grant;
    no_permission "200-no-permission" Declined / Silence;
    validation "300-validation" Declined / Silence;
    body_not_json "300-not-json" Declined / Silence;
    no_user "1001-no-user" Removed / Silence;
    other_account "1010-other-account" Grant / Silence;
    webinar "3000-webinar" Declined / Silence;
    no_meeting "3001-no-meeting" Gone / Silence;
    in_progress "3002-in-progress" Wait / Silence;
    not_host "3003-not-host" Grant / Silence;
    meeting_ended "3007-ended" Declined / Silence;
    pmi "3018-pmi" Declined / Silence;
    pac "3037-pac" Declined / Silence;
    meeting_status "3063-status" Declined / Silence;
    no_hosting "3161-no-hosting" Declined / Silence;
    unknown_endpoint "2300-unknown" Operator / Silence;
    conflict "409-conflict" Silence / Silence;

    invalid_grant "invalid-grant" / Grant;
    invalid_grant_bare "invalid-grant-bare" / Grant;
    invalid_token_request "invalid-token-request" / Grant;
    invalid_code "invalid-code" / Grant;
    invalid_client "invalid-client" / Operator;
    redirect_mismatch "redirect-mismatch" / Operator;
    unsupported_grant_type "unsupported-grant-type" / Operator;
    token_empty "4700" / Silence;
    client_invalid "4702" / Operator;
    client_secret_invalid "4704" / Operator;
    grant_type_unsupported "4705" / Operator;
    client_missing "4706" / Operator;
    redirect_numbered "4709" / Operator;
    refresh_token_invalid "4711" / Grant;
    app_disabled "4717" / Operator;
    web_token_invalid "4724" / Grant;
    code_not_made "4732" / Silence;
    code_expired "4733" / Grant;
    code_invalid "4734" / Grant;
    owner_gone "4735" / Removed;
    token_gone "4737" / Grant;
    token_disabled "4738" / Grant;
    token_beyond_tolerance "4740" / Grant;
    token_revoked "4741" / Removed;
}
