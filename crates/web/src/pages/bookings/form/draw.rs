//! The form as a page, with the day of its room and everybody it may be for.

use axum::response::Response;
use jiff::Timestamp;
use rooms_app::bookings::find;
use rooms_app::{Failure, people, rooms};
use rooms_core::booking::{Booking, Conference, Who};
use rooms_core::room::{Room, RoomState};
use rooms_core::time::parse_date;
use rooms_core::{Actor, ConnectionId, PersonState, Slot};
use rooms_views::book_form::{BookForm, RoomGroup};
use rooms_views::home::Choice;
use rooms_views::layout::{Link, Nav};
use rooms_views::links;
use rooms_views::timeline::{DayFrame, Mark, Span, Strip};

use super::refusal::refused;
use super::typed::Typed;
use crate::pages::bookings::hosting::{Plan, hosting};
use crate::pages::{PageError, draw, layout, see_other, words};
use crate::session::Caller;
use crate::state::Web;

/// The form as it is drawn: what was typed, what is changed, and why it was refused.
#[derive(Default)]
pub(super) struct Form {
    pub(super) typed: Typed,
    pub(super) booking: Option<Booking>,
    /// The connection that hosts its meeting now.
    pub(super) host: Option<ConnectionId>,
    pub(super) failure: Option<Failure>,
}

impl Form {
    /// The page; what no change of the form can mend is a page of its own.
    pub(super) async fn draw(
        mut self,
        web: &Web,
        actor: &Actor,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        let failure = self.failure.take();
        if let Some(failure @ (Failure::NotFound(_) | Failure::Forbidden(_) | Failure::Store(_))) =
            failure
        {
            return Err(failure.into());
        }
        let all = rooms::list(&web.app, actor).await?;
        let open: Vec<&Room> = all
            .iter()
            .filter(|room| room.state == RoomState::Open || room.id.to_string() == self.typed.room)
            .collect();
        let room = open
            .iter()
            .find(|room| room.id.to_string() == self.typed.room)
            .copied();
        // Home teaches how the first room comes to be.
        let Some(room) = room.or_else(|| open.first().copied()) else {
            return Ok(see_other(links::HOME));
        };
        self.fill(web, room);
        let typed_slot = self.typed.slot(room).ok();
        let wanted = typed_slot.and_then(|(from, to)| Slot::new(from, to));
        let of = (&self.typed, self.booking.is_some());
        let (status, refusal) = refused((&all, room), of, failure);
        let people = people::list(&web.app, actor, None, 500).await?;
        let organizer = match self.typed.organizer() {
            Some(Who::Id(id)) => id,
            Some(Who::Email(email)) => people
                .iter()
                .find(|p| p.email == email)
                .map_or(actor.person, |p| p.id),
            None => actor.person,
        };
        let name = people.iter().find(|person| person.id == organizer);
        let name = name.map_or("", |person| person.name.as_str());
        let plan = Plan {
            when: wanted.map(|slot| (slot, &room.zone)),
            host: self.typed.host(),
            booking: self.booking.as_ref().map(|b| (b.id, self.host)),
        };
        let hosting = hosting(web, actor, (organizer, name), plan).await?;
        let title = self
            .booking
            .as_ref()
            .map_or("New booking", |b| b.title.as_str());
        let page = BookForm {
            layout: layout(web, caller, title, Nav::Book).await?,
            heading: title.to_owned(),
            lead: String::new(),
            back: self.back(room),
            action: self
                .booking
                .as_ref()
                .map_or_else(|| links::BOOKINGS.to_owned(), |b| links::booking(b.id)),
            submit: match &self.booking {
                Some(_) => "Save".to_owned(),
                None => format!("Book {}", room.name),
            },
            idempotency_key: web.app.new_id().to_string(),
            length: wanted.map_or_else(String::new, |slot| {
                format!("{}, {} time", words::length(slot.minutes()), room.site_name)
            }),
            rooms: groups(&open, room),
            strip: self.strip(web, actor, room, wanted, refusal.clash).await?,
            organizers: people
                .iter()
                .filter(|person| person.state != PersonState::Deactivated)
                .map(|person| {
                    let chosen = person.id == organizer;
                    Choice::new(person.id.to_string(), person.name.clone(), chosen)
                })
                .collect(),
            people: people
                .iter()
                .map(|person| Choice::new(person.email.clone(), person.name.clone(), false))
                .collect(),
            zoom: hosting.zoom,
            hosts: hosting.hosts,
            host_of: organizer.to_string(),
            wants_zoom: self.typed.conference == Conference::Zoom.as_str(),
            refusal: refusal.words,
            errors: refusal.errors,
            alternatives: refusal.alternatives,
            version: self.typed.version,
            title: self.typed.title,
            date: self.typed.date,
            start: self.typed.start,
            end: self.typed.end,
            invitees: self.typed.invitees,
        };
        Ok(draw(status, &page))
    }

    /// What an empty form begins with: the next half hour in the first room.
    fn fill(&mut self, web: &Web, room: &Room) {
        let typed = &mut self.typed;
        let now = web.app.now();
        if typed.room.is_empty() {
            typed.room = room.id.to_string();
        }
        if typed.date.is_empty() && typed.start.is_empty() && typed.end.is_empty() {
            let start = (now.as_second().div_euclid(900) + 1) * 900;
            let at = |second| Timestamp::from_second(second).unwrap_or(now);
            typed.date = words::date(&room.zone, at(start));
            typed.start = words::clock(&room.zone, at(start));
            typed.end = words::clock(&room.zone, at(start + 1800));
        }
    }

    fn back(&self, room: &Room) -> Link {
        if let Some(booking) = &self.booking {
            return Link::new(links::booking(booking.id), booking.title.clone());
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("site_id", &room.site.to_string())
            .append_pair("date", &self.typed.date)
            .finish();
        Link::new(format!("{}?{query}", links::HOME), "The day")
    }

    async fn strip(
        &self,
        web: &Web,
        actor: &Actor,
        room: &Room,
        wanted: Option<Slot>,
        clash: bool,
    ) -> Result<Option<Strip>, PageError> {
        let Ok(date) = parse_date("date", &self.typed.date) else {
            return Ok(None);
        };
        let Ok(frame) = DayFrame::new(date, room.zone.tz()) else {
            return Ok(None);
        };
        let own = self
            .booking
            .as_ref()
            .filter(|b| b.room == room.id)
            .map(|b| b.slot);
        let taken = find::taken_on(&web.app, actor, room, date).await?;
        let busy: Vec<Span> = taken
            .iter()
            .filter(|slot| Some(**slot) != own)
            .map(|slot| words::span(*slot))
            .collect();
        let mark = if clash { Mark::Clash } else { Mark::Wanted };
        let marks: Vec<(Mark, Span)> = wanted
            .iter()
            .map(|slot| (mark, words::span(*slot)))
            .collect();
        let open = (!room.hours.always()).then(|| room.hours.open(&room.zone, date));
        let shown: Vec<Span> = busy
            .iter()
            .copied()
            .chain(marks.iter().map(|m| m.1))
            .collect();
        let now = web.app.now();
        let around = wanted.map_or(now, |slot| slot.starts_at);
        let window = frame.window(open.flatten().map(words::span), &shown, around);
        let label = format!("{} on {}: {} taken", room.name, self.typed.date, busy.len());
        Ok(Some(frame.strip(window, label, &busy, &marks, now)))
    }
}

fn groups(rooms: &[&Room], chosen: &Room) -> Vec<RoomGroup> {
    let mut groups: Vec<RoomGroup> = Vec::new();
    for room in rooms {
        let text = format!(
            "{}, {}",
            room.name,
            words::facts(room).trim_end_matches('.')
        );
        let chosen = chosen.id == room.id;
        let choice = Choice::new(room.id.to_string(), text, chosen);
        match groups.iter_mut().find(|group| group.name == room.site_name) {
            Some(group) => group.rooms.push(choice),
            None => {
                groups.push(RoomGroup {
                    name: room.site_name.clone(),
                    rooms: vec![choice],
                });
            }
        }
    }
    groups
}
