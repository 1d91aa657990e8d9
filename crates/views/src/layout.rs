//! What every page has around it: title, navigation, notices, the toast, the footer.

/// The frame of a page, filled by the handler and drawn by `base.html`.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Name of the page, for the browser's title bar.
    pub title: String,
    /// Name of the signed-in person's company; empty on open pages.
    pub company_name: String,
    /// Who is signed in.
    pub person: Option<Who>,
    /// Which part of the product this page belongs to.
    pub nav: Nav,
    /// The form token of this session.
    pub csrf: String,
    /// What the person must hear, shown above the page.
    pub notices: Vec<Notice>,
    /// Where help is.
    pub support_email: String,
    /// Whether this is a demonstration, which also shows the style page.
    pub demo: bool,
    /// What has just happened, with a way back.
    pub flash: Option<Flash>,
}

impl Layout {
    /// Whether the page is shown to an admin.
    #[must_use]
    pub fn for_admin(&self) -> bool {
        self.person.as_ref().is_some_and(|who| who.is_admin)
    }

    /// The attribute that marks a navigation link as the current one.
    #[must_use]
    pub fn current(&self, nav: Nav) -> &'static str {
        if self.nav == nav {
            " aria-current=\"page\""
        } else {
            ""
        }
    }
}

/// The signed-in person, as far as the frame shows them.
#[derive(Clone, Debug)]
pub struct Who {
    /// Display name.
    pub name: String,
    /// Address they sign in with.
    pub email: String,
    /// Whether the admin pages are theirs.
    pub is_admin: bool,
}

/// The parts of the product.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Nav {
    /// No entry is marked.
    #[default]
    None,
    /// Home: one click, and the day.
    Book,
    /// Find a room.
    Find,
    /// My bookings.
    MyBookings,
    /// Settings, with Connect Apps.
    Settings,
    /// The admin pages.
    Admin,
    /// The sign-in page, which does not offer to sign in.
    SignIn,
}

/// How a banner, a notice or a state is meant. Always shown as icon, word and colour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Tone {
    /// Only to know.
    #[default]
    Plain,
    /// As wished.
    Ok,
    /// Needs an eye.
    Warn,
    /// Needs a hand.
    Bad,
    /// Over, or switched off.
    Off,
}

impl Tone {
    /// The style class.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Off => "off",
        }
    }

    /// The icon of a banner in this tone.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Plain | Self::Off => "info",
            Self::Ok => "free",
            Self::Warn => "warn",
            Self::Bad => "failed",
        }
    }
}

/// A message that stays above the page until it is put away.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Names it when it is put away: `POST /notices/{id}/dismissal`.
    pub id: String,
    /// How it is meant.
    pub kind: Tone,
    /// What is true, then what to do.
    pub text: String,
    /// Where to do it.
    pub link: Option<Link>,
}

/// A place to go.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Link {
    /// Address.
    pub href: String,
    /// Words.
    pub text: String,
}

impl Link {
    /// A link from its address and words.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            text: text.into(),
        }
    }
}

/// What has just happened, for a few seconds.
#[derive(Clone, Debug)]
pub struct Flash {
    /// One sentence.
    pub text: String,
    /// The way back, while there is one.
    pub undo: Option<UndoForm>,
}

/// A form of hidden fields that takes back what was done.
#[derive(Clone, Debug)]
pub struct UndoForm {
    /// Where it is posted.
    pub action: String,
    /// Hidden fields, without the form token.
    pub fields: Vec<(String, String)>,
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;

    #[derive(Template)]
    #[template(
        source = r#"{% extends "base.html" %}{% block main %}<h1>Here</h1>{% endblock %}"#,
        ext = "html"
    )]
    struct Bare {
        layout: Layout,
    }

    fn signed_in(is_admin: bool) -> Layout {
        Layout {
            title: "Book a room".to_owned(),
            person: Some(Who {
                name: "Mara <Lindqvist>".to_owned(),
                email: "mara@halden.example".to_owned(),
                is_admin,
            }),
            nav: Nav::Book,
            csrf: "token-1".to_owned(),
            support_email: "rooms@halden.example".to_owned(),
            ..Layout::default()
        }
    }

    fn render(layout: Layout) -> String {
        Bare { layout }.render().unwrap()
    }

    #[test]
    fn admin_is_offered_to_admins_only() {
        assert!(render(signed_in(true)).contains("href=\"/admin\""));
        assert!(!render(signed_in(false)).contains("href=\"/admin\""));
    }

    #[test]
    fn the_current_part_is_marked_once() {
        assert_eq!(
            render(signed_in(true))
                .matches("aria-current=\"page\"")
                .count(),
            1
        );
    }

    #[test]
    fn a_stranger_is_offered_to_sign_in_and_nothing_else() {
        let page = render(Layout::default());
        assert!(page.contains("href=\"/sign-in\""));
        assert!(!page.contains("class=\"tabs\""));
        assert!(!page.contains("Sign out"));
    }

    #[test]
    fn names_stay_text() {
        let page = render(signed_in(false));
        assert!(!page.contains("<Lindqvist>"));
        assert!(page.contains("Mara &#60;Lindqvist&#62;"));
    }

    #[test]
    fn a_flash_carries_its_way_back() {
        let mut layout = signed_in(false);
        layout.flash = Some(Flash {
            text: "Coating review is cancelled.".to_owned(),
            undo: Some(UndoForm {
                action: "/bookings/bk_1/undo".to_owned(),
                fields: vec![("idempotency_key".to_owned(), "k\"1".to_owned())],
            }),
        });
        let page = render(layout);
        assert!(page.contains("action=\"/bookings/bk_1/undo\""));
        assert!(page.contains("value=\"k&#34;1\""));
        assert!(page.contains("name=\"csrf\" value=\"token-1\""));
    }

    #[test]
    fn nothing_is_scripted_or_styled_inline() {
        let page = render(signed_in(true));
        assert!(!page.contains(" style="));
        assert!(!page.contains("<style"));
        assert_eq!(page.matches("<script").count(), 1);
        assert!(page.contains("<script type=\"module\" src=\"/static/app."));
    }
}
