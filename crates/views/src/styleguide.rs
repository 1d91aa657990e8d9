//! The style page, in demo mode: every component in every state.

use askama::Template;

use super::layout::Layout;

/// The page; it shows styles and does nothing.
#[derive(Clone, Debug, Template)]
#[template(path = "styleguide.html")]
pub struct StylePage {
    /// The frame.
    pub layout: Layout,
    /// Names of all icons.
    pub icons: Vec<&'static str>,
}

impl StylePage {
    /// The page in a frame, with every icon there is.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        let symbols = include_str!("../static/icons.svg")
            .split("<symbol id=\"")
            .skip(1);
        let icons = symbols.filter_map(|rest| rest.split('"').next()).collect();
        Self { layout, icons }
    }
}
