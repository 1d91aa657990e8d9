//! A small company to test with: one site, two rooms, two people, and another company beside it.

use jiff::{SignedDuration, Timestamp};
use rooms_core::actor::{Company, Person};
use rooms_core::booking::{Booking, BookingState, Named};
use rooms_core::connection::{Connection, ConnectionStatus, HostsFor};
use rooms_core::room::{BookableHours, RoomDraft};
use rooms_core::{
    BookingId, CompanyId, ConnectPolicy, ConnectionId, Entropy, PersonId, PersonState, Role,
    RoomId, SiteId, Slot, Zone,
};
use rooms_store::connections::Pair;
use rooms_store::{Error, Store, bookings, companies, connections, people, rooms};
use rooms_testkit::database::{TestDatabase, now};
use uuid::Uuid;

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) entropy: Entropy,
    pub(crate) now: Timestamp,
    pub(crate) company: CompanyId,
    pub(crate) site: SiteId,
    pub(crate) room: RoomId,
    pub(crate) other_room: RoomId,
    pub(crate) ada: Person,
    pub(crate) ben: Person,
    pub(crate) rival: CompanyId,
    pub(crate) spy: Person,
}

impl World {
    pub(crate) async fn new(database: &TestDatabase) -> Self {
        let store = database.store().await;
        let (entropy, now) = (Entropy::seeded(11), now());
        let id = || entropy.uuid(now);
        let company = CompanyId::from_uuid(id());
        let rival = CompanyId::from_uuid(id());
        let site = SiteId::from_uuid(id());
        let (room, other_room) = (RoomId::from_uuid(id()), RoomId::from_uuid(id()));
        let person = |company, name: &str, role| Person {
            id: PersonId::from_uuid(id()),
            company,
            email: format!("{}@example.com", name.to_lowercase()),
            name: name.to_owned(),
            role,
            may_connect: false,
            state: PersonState::Active,
        };
        let people = vec![
            person(company, "Ada", Role::Admin),
            person(company, "Ben", Role::Officer),
            person(rival, "Spy", Role::Admin),
        ];
        write!(store, |tx, people| {
            add_company(tx, company, "Aster").await?;
            add_company(tx, rival, "Rival").await?;
            let zone = Zone::stored("Europe/Zurich");
            rooms::insert_site(tx, company, site, "Zurich", &zone, now).await?;
            for (id, name) in [(room, "Aster"), (other_room, "Birch")] {
                rooms::insert(tx, company, site, id, &room_draft(name), now).await?;
            }
            for person in people {
                people::insert(tx, person, Some("hash"), now).await?;
            }
            Ok(())
        })
        .unwrap();
        let [ada, ben, spy] = people.try_into().unwrap();
        Self {
            store,
            entropy,
            now,
            company,
            site,
            room,
            other_room,
            ada,
            ben,
            rival,
            spy,
        }
    }

    pub(crate) fn id(&self) -> Uuid {
        self.entropy.uuid(self.now)
    }

    /// So many minutes after now.
    pub(crate) fn at(&self, minutes: i64) -> Timestamp {
        self.now + SignedDuration::from_mins(minutes)
    }

    /// From and to in minutes after now.
    pub(crate) fn slot(&self, from: i64, to: i64) -> Slot {
        Slot::new(self.at(from), self.at(to)).unwrap()
    }

    /// A confirmed booking of the first room by Ada, not recorded yet.
    pub(crate) fn booking(&self, from: i64, to: i64) -> Booking {
        let named = |person: &Person| Named {
            id: person.id,
            name: person.name.clone(),
            email: person.email.clone(),
        };
        Booking {
            id: BookingId::from_uuid(self.id()),
            company: self.company,
            room: self.room,
            room_name: "Aster".to_owned(),
            site_name: "Zurich".to_owned(),
            organizer: named(&self.ada),
            booker: named(&self.ada),
            title: "Planning".to_owned(),
            slot: self.slot(from, to),
            zone: Zone::stored("Europe/Zurich"),
            state: BookingState::Confirmed,
            conference: None,
            invitees: vec!["guest@example.org".to_owned()],
            revision: 1,
            created_at: self.now,
            updated_at: self.now,
            cancelled_at: None,
            cancel_reason: None,
        }
    }

    /// Records a booking as it is, without asking what else takes the room.
    pub(crate) async fn insert(&self, booking: &Booking) -> Result<(), Error> {
        write!(self.store, |tx, booking| {
            bookings::insert(tx, booking).await
        })
    }

    /// A recorded booking from and to in minutes after now.
    pub(crate) async fn booked(&self, from: i64, to: i64) -> Booking {
        let booking = self.booking(from, to);
        self.insert(&booking).await.unwrap();
        booking
    }

    /// An active connection of a person, not recorded yet.
    pub(crate) fn connection(&self, person: &Person) -> Connection {
        Connection {
            id: ConnectionId::from_uuid(self.id()),
            company: person.company,
            person: person.id,
            client_id: "client".to_owned(),
            zoom_user_id: format!("zoom-{}", person.name),
            zoom_account_id: "account".to_owned(),
            zoom_email: person.email.clone(),
            zoom_name: person.name.clone(),
            zoom_licensed: Some(true),
            name: None,
            preferred_at: None,
            hosts_for: HostsFor::Owner,
            scopes: vec![
                "user:read:user".to_owned(),
                "meeting:write:meeting".to_owned(),
            ],
            api_url: None,
            status: ConnectionStatus::Active,
            attention: None,
            epoch: 1,
            granted_at: self.now,
            connected_at: self.now,
            disconnected_at: None,
            disconnected_by: None,
            noticed_by: None,
        }
    }

    /// A recorded connection of a person.
    pub(crate) async fn connected(&self, person: &Person) -> Connection {
        let connection = self.connection(person);
        let pair = self.pair("first");
        write!(self.store, |tx, connection, pair| {
            connections::insert(tx, connection, pair).await
        })
        .unwrap();
        connection
    }

    /// Tokens that can be told apart.
    pub(crate) fn pair(&self, name: &str) -> Pair {
        Pair {
            access_token: format!("access-{name}"),
            refresh_token: format!("refresh-{name}"),
            access_expires_at: self.at(60),
        }
    }
}

/// A room for eight with a screen, bookable at all hours.
pub(crate) fn room_draft(name: &str) -> RoomDraft {
    RoomDraft {
        name: name.to_owned(),
        capacity: 8,
        equipment: vec!["screen".to_owned()],
        hours: BookableHours::default(),
    }
}

async fn add_company(tx: &mut rooms_store::Tx, id: CompanyId, name: &str) -> Result<(), Error> {
    let company = Company {
        id,
        name: name.to_owned(),
        connect_policy: ConnectPolicy::Everybody,
    };
    companies::insert(tx, &company, now()).await
}
