//! The company of the demo: Halden Optics, with the people the simulator has Zoom accounts for.

use std::collections::BTreeMap;

use anyhow::Context as _;
use rooms_app::{App, companies, people, rooms};
use rooms_core::room::{BookableHours, DayHours, RoomDraft, RoomState};
use rooms_core::{Actor, ConnectPolicy, Role, RoomId, SiteId, Zone};

/// Everybody's password. The demo listens on this machine alone unless told otherwise.
pub(crate) const PASSWORD: &str = "rooms-demo";

/// Somebody of the company.
pub(crate) struct Colleague {
    /// Sign-in name, the same as in the simulated Zoom.
    pub(crate) email: &'static str,
    /// Name.
    pub(crate) name: &'static str,
    /// What they are in the company.
    pub(crate) role: Role,
    /// Whether they are chosen to connect apps.
    pub(crate) may_connect: bool,
    /// Their story with Zoom, in the line that is printed.
    pub(crate) zoom: &'static str,
}

/// Everybody; the officer who can connect Zoom right away comes first.
pub(crate) const PEOPLE: [Colleague; 4] = [
    Colleague {
        email: "mara@halden.example",
        name: "Mara Lindqvist",
        role: Role::Officer,
        may_connect: true,
        zoom: "may connect Zoom, not connected",
    },
    Colleague {
        email: "ines@halden.example",
        name: "Inês Duarte",
        role: Role::Officer,
        may_connect: true,
        zoom: "may connect, but her Zoom account does not allow the app",
    },
    Colleague {
        email: "jonas@halden.example",
        name: "Jonas Weber",
        role: Role::Officer,
        may_connect: false,
        zoom: "may not connect apps until Olga lets him",
    },
    Colleague {
        email: "olga@halden.example",
        name: "Olga Brandt",
        role: Role::Admin,
        may_connect: true,
        zoom: "runs rooms, sites, people and who may connect apps",
    },
];

/// The first site's name and zone, and the second's.
const SITES: [(&str, &str); 2] = [("Basel", "Europe/Zurich"), ("Porto", "Europe/Lisbon")];

struct Plan {
    site: usize,
    name: &'static str,
    capacity: i64,
    equipment: &'static [&'static str],
    office_hours: bool,
}

const fn plan(
    site: usize,
    name: &'static str,
    capacity: i64,
    equipment: &'static [&'static str],
) -> Plan {
    Plan {
        site,
        name,
        capacity,
        equipment,
        office_hours: false,
    }
}

const ROOMS: [Plan; 12] = [
    plan(0, "Aster", 6, &["screen", "camera"]),
    plan(0, "Birch", 8, &["screen", "camera", "whiteboard"]),
    plan(0, "Cedar", 4, &["screen"]),
    plan(0, "Dahlia", 10, &["screen", "camera", "phone"]),
    plan(0, "Elder", 2, &[]),
    plan(0, "Fern", 6, &["whiteboard"]),
    Plan {
        office_hours: true,
        ..plan(
            0,
            "Ginkgo",
            24,
            &["screen", "camera", "phone", "whiteboard"],
        )
    },
    plan(0, "Hazel", 4, &["screen"]),
    plan(1, "Iris", 6, &["screen", "camera"]),
    plan(1, "Juniper", 12, &["screen", "camera", "whiteboard"]),
    plan(1, "Laurel", 2, &["phone"]),
    Plan {
        office_hours: true,
        ..plan(1, "Mallow", 18, &["screen", "camera", "phone"])
    },
];

/// A room, for booking.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The room.
    pub(crate) id: RoomId,
    /// Its site's zone.
    pub(crate) zone: Zone,
}

/// The company as it was seeded.
pub(crate) struct Seeded {
    /// Everybody, in the order of [`PEOPLE`].
    pub(crate) actors: Vec<Actor>,
    /// Rooms by name.
    pub(crate) rooms: BTreeMap<String, Place>,
}

impl Seeded {
    /// Finds the company again.
    pub(crate) async fn find(app: &App) -> anyhow::Result<Self> {
        let mut actors = Vec::new();
        {
            let mut tx = app.read().await?;
            for colleague in PEOPLE {
                let person = rooms_store::people::anywhere(&mut tx, colleague.email).await?;
                let person = person.context("the demo lacks a person; --reset begins again")?;
                actors.push(Actor {
                    company: person.company,
                    person: person.id,
                    role: person.role,
                    may_connect: person.may_connect,
                    name: person.name,
                    email: person.email,
                });
            }
        }
        let someone = actors.first().context("the demo has nobody")?;
        let rooms = rooms::list(app, someone).await?;
        let rooms = rooms
            .into_iter()
            .map(|room| {
                let place = Place {
                    id: room.id,
                    zone: room.zone,
                };
                (room.name, place)
            })
            .collect();
        Ok(Self { actors, rooms })
    }
}

/// Makes the company, its people, sites and rooms.
pub(crate) async fn found(app: &App) -> anyhow::Result<Seeded> {
    let [.., admin] = &PEOPLE;
    let [basel, porto] = SITES;
    let new = companies::NewCompany {
        name: "Halden Optics".to_owned(),
        time_zone: basel.1.to_owned(),
        admin_email: admin.email.to_owned(),
        admin_name: Some(admin.name.to_owned()),
        admin_password: PASSWORD.to_owned(),
        site_name: None,
        first_room: None,
    };
    let founded = companies::add(app, new).await?;
    let olga = Actor {
        company: founded.company,
        person: founded.admin,
        role: Role::Admin,
        may_connect: true,
        name: admin.name.to_owned(),
        email: admin.email.to_owned(),
    };
    // Hashing passwords takes longest, so it runs beside the rest.
    let officers: Vec<_> = PEOPLE
        .iter()
        .filter(|colleague| colleague.role == Role::Officer)
        .map(|colleague| {
            let new = people::NewPerson {
                company: founded.company,
                email: colleague.email.to_owned(),
                name: colleague.name.to_owned(),
                role: colleague.role,
                may_connect: colleague.may_connect,
                password: PASSWORD.to_owned(),
            };
            let theirs = app.clone();
            app.tasks()
                .spawn(async move { people::add(&theirs, new).await })
        })
        .collect();
    companies::change(app, &olga, "Halden Optics", ConnectPolicy::Chosen).await?;
    rooms::change_site(app, &olga, founded.site, basel, RoomState::Open).await?;
    let second = rooms::add_site(app, &olga, porto.0, porto.1, None).await?;
    add_rooms(app, &olga, [founded.site, second.id]).await?;
    for officer in officers {
        officer.await??;
    }
    Seeded::find(app).await
}

async fn add_rooms(app: &App, olga: &Actor, sites: [SiteId; 2]) -> anyhow::Result<()> {
    for plan in &ROOMS {
        let equipment: Vec<String> = plan.equipment.iter().map(|&e| e.to_owned()).collect();
        let hours = if plan.office_hours {
            let day = Some(DayHours {
                from: 8 * 60,
                to: 19 * 60,
            });
            BookableHours([day, day, day, day, day, None, None])
        } else {
            BookableHours::default()
        };
        let draft = RoomDraft::parse(plan.name, plan.capacity, &equipment, hours)?;
        let site = sites.get(plan.site).copied().context("no such site")?;
        rooms::add(app, olga, site, draft, None).await?;
    }
    Ok(())
}
