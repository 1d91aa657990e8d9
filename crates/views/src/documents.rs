//! Pages to read: guide, test plan, privacy, terms. Open to everybody.

use askama::Template;

use super::layout::Layout;

/// The day these texts were last changed.
pub const TEXT_DATE: &str = "22 November 2026";

/// `/zoom/guide`: adding, using, removing, and when something does not work.
#[derive(Debug, Clone, Template)]
#[template(path = "documents/guide.html")]
pub struct GuidePage {
    /// What every page carries.
    pub layout: Layout,
}

/// `/zoom/test-plan`: for whoever reviews the app.
#[derive(Debug, Clone, Template)]
#[template(path = "documents/test_plan.html")]
pub struct TestPlanPage {
    /// What every page carries.
    pub layout: Layout,
    /// This installation's address, without a slash at the end.
    pub public_url: String,
    /// Where Zoom's OAuth pages are, without a slash at the end.
    pub zoom_oauth_url: String,
}

/// `/privacy`.
#[derive(Debug, Clone, Template)]
#[template(path = "documents/privacy.html")]
pub struct PrivacyPage {
    /// What every page carries.
    pub layout: Layout,
    /// This installation's address, without a slash at the end.
    pub public_url: String,
}

/// `/terms`.
#[derive(Debug, Clone, Template)]
#[template(path = "documents/terms.html")]
pub struct TermsPage {
    /// What every page carries.
    pub layout: Layout,
}
