//! People: the list with its invitation, and the page of one.

use askama::Template;

use super::{AdminTab, ConnectRule};
use crate::layout::Layout;
use crate::parts::{Problems, When};

/// `/admin/people`: everybody, and the form to invite one more.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_people.html")]
pub struct PeoplePage {
    /// What every page carries.
    pub layout: Layout,
    /// People in order of name, deactivated ones last.
    pub people: Vec<PersonRow>,
    /// The invitation as typed.
    pub invite: InviteTyped,
    /// Whether the company lets chosen people connect apps, so that the box means something.
    pub chosen_people: bool,
    /// What needs a change. Fields: `name`, `email`.
    pub problems: Problems,
    /// The link just made, when no mail could be sent: shown this once.
    pub link: Option<InvitationLink>,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// One person in the list.
#[derive(Debug, Clone, Default)]
pub struct PersonRow {
    /// Names it in addresses.
    pub id: String,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether an admin of the company.
    pub admin: bool,
    /// How Zoom stands: "Connected", "Needs attention", empty for not connected.
    pub zoom: String,
    /// Whether the person has a second factor.
    pub second_factor: bool,
    /// How the person stands.
    pub state: PersonState,
    /// Whether it is the one who reads this.
    pub you: bool,
}

/// How a person stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PersonState {
    /// Signs in and books.
    #[default]
    Active,
    /// Has not set a password yet: "until 29 November".
    Invited(String),
    /// The invitation link is too old.
    InvitationExpired,
    /// Cannot sign in any more.
    Deactivated,
}

/// The invitation form as typed.
#[derive(Debug, Clone, Default)]
pub struct InviteTyped {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether to make an admin.
    pub admin: bool,
    /// Whether to let the person connect apps.
    pub connect_apps: bool,
}

/// An invitation link to hand over by another way than mail.
#[derive(Debug, Clone, Default)]
pub struct InvitationLink {
    /// Whose it is.
    pub name: String,
    /// The whole address.
    pub url: String,
    /// Until when it is good, in words.
    pub good_until: String,
}

/// `/admin/people/{id}`: role, permission, invitation, deactivation.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_person.html")]
pub struct PersonPage {
    /// What every page carries.
    pub layout: Layout,
    /// The person.
    pub person: PersonRow,
    /// The name as typed.
    pub name: String,
    /// Whether the permission to connect apps is given to this person.
    pub connect_apps: bool,
    /// Who may connect apps in the company, which decides what the box means.
    pub rule: ConnectRule,
    /// Why the person may connect apps, or may not, in a sentence.
    pub permission: String,
    /// The groups the person is in.
    pub groups: Vec<InGroup>,
    /// What the person asks the admins for and waits for.
    pub asks: Option<AsksFor>,
    /// Why the role cannot be changed (the last admin); empty when it can.
    pub role_fixed: String,
    /// The person's upcoming bookings: what deactivating leaves behind.
    pub handover: Vec<HandoverBooking>,
    /// Why the account is given back, as typed.
    pub reason: String,
    /// Whether the second factor is to go then, as chosen.
    pub removes_factors: bool,
    /// What needs a change. Fields: `name`, `reason`.
    pub problems: Problems,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
    /// The link just made, when no mail could be sent: shown this once.
    pub link: Option<InvitationLink>,
}

/// A request to be allowed to connect apps.
#[derive(Debug, Clone, Default)]
pub struct AsksFor {
    /// Since when.
    pub since: When,
    /// What the person wrote; empty for nothing.
    pub message: String,
    /// Whether the company's rule lets an admin allow it.
    pub can_be_allowed: bool,
}

/// A group somebody is in.
#[derive(Debug, Clone, Default)]
pub struct InGroup {
    /// Its page.
    pub href: String,
    /// Its name.
    pub name: String,
}

/// An upcoming booking of somebody who leaves.
#[derive(Debug, Clone, Default)]
pub struct HandoverBooking {
    /// Its page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// "Thu 26 Nov 09:00–09:30".
    pub when: String,
    /// The room's name.
    pub room: String,
    /// Whether it has a Zoom link.
    pub zoom: bool,
}
