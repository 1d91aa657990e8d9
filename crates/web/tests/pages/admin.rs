//! Rooms, sites, people, company, health.

use rooms_views::admin::{ConnectRule, HoursKind, PersonState};
use rooms_views::parts::Problems;

use crate::html;
use crate::samples::admin as samples;
use crate::samples::reconciliation::{self, Stage};

#[test]
fn rooms_show_exceptions_and_keep_the_ordinary_quiet() {
    let page = html(&samples::rooms(false));
    assert!(page.contains("state warn") && page.contains("Retired"));
    assert!(page.contains("state off"));
    assert!(html(&samples::rooms(true)).contains("No room yet"));
}

#[test]
fn a_room_keeps_what_was_typed_and_marks_the_wrong_field() {
    let problems = Problems::none().with("mon_until", "The end comes before the beginning.");
    let page = html(&samples::room(HoursKind::ByDay, true, problems));
    assert!(page.contains("id=\"hours-by-day\" name=\"hours\" value=\"by-day\" checked"));
    assert!(page.contains("aria-label=\"Monday until\" aria-invalid=\"true\""));
    assert!(page.contains("name=\"version\" value=\"7\""));
    assert!(page.contains("3 upcoming bookings stay"));
}

#[test]
fn the_last_site_cannot_be_retired() {
    assert!(html(&samples::site(false)).contains("/admin/sites/st_1/retirement"));
    let last = html(&samples::site(true));
    assert!(!last.contains("/retirement"));
    assert!(last.contains("is the only site"));
}

#[test]
fn an_invitation_without_mail_shows_its_link_once() {
    let page = html(&samples::people());
    assert!(page.contains("https://rooms.halden.example/invitations/"));
    assert!(page.contains("That address is in use here already."));
}

#[test]
fn deactivating_lists_the_bookings_that_need_somebody_new() {
    let page = html(&samples::person(PersonState::Active));
    assert!(page.contains("action=\"/admin/people/p_1/deactivation\""));
    assert!(page.contains("Porto weekly"));
    let gone = html(&samples::person(PersonState::Deactivated));
    assert!(gone.contains("Left behind"));
    assert!(!gone.contains("/deactivation"));
}

#[test]
fn the_permission_of_one_person_counts_only_under_the_rule_for_chosen_people() {
    let mut page = samples::person(PersonState::Active);
    assert!(!html(&page).contains("value=\"yes\" checked disabled"));
    page.rule = ConnectRule::Admins;
    assert!(html(&page).contains("value=\"yes\" checked disabled"));
}

#[test]
fn a_stricter_company_says_how_many_connections_end() {
    let page = html(&samples::company(true));
    assert!(page.contains("Ends the connection of 1 person."));
    assert!(page.contains("Ends the connections of 3 people."));
}

#[test]
fn what_stands_in_is_chosen_among_what_is_offered() {
    let page = html(&samples::company(true));
    assert!(page.contains("action=\"/admin/company/zoom\""));
    assert!(page.contains("value=\"pool\" checked"));
    assert!(page.contains("3 links") && page.contains("Needs attention"));
    let without = html(&samples::company(false));
    assert!(without.contains("Nothing is offered yet.") && without.contains("nobody hosts"));
}

#[test]
fn dead_jobs_can_be_tried_again() {
    let page = html(&samples::health(true));
    assert!(page.contains("action=\"/admin/jobs/job_1/retry\""));
    assert!(page.contains("tried 12 times"));
    assert!(html(&samples::health(false)).contains("Nothing needs you."));
}

#[test]
fn a_comparison_shows_what_fixing_all_does_before_it_is_done() {
    let page = html(&reconciliation::page(Stage::Found));
    assert!(page.contains("203 meetings are not as their bookings say."));
    assert!(page.contains("201 meetings get the times of their bookings"));
    assert!(page.contains("And 200 more."));
    assert!(page.contains("name=\"run\" value=\"rc_1\""));
    assert!(page.contains("/admin/reconciliation/findings/fd_1/acceptance"));
    let running = html(&reconciliation::page(Stage::Running));
    assert!(running.contains("5 of 12 hosts"));
    assert!(!running.contains("Compare now"));
}
