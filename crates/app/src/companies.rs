//! Companies: making one, its settings, and the first run.

use rooms_core::actor::{Company, Person};
use rooms_core::password::{self, Whose};
use rooms_core::room::{BookableHours, RoomDraft};
use rooms_core::{
    Actor, CompanyId, ConnectPolicy, FieldErrors, PersonId, PersonState, Role, RoomId, SiteId,
    Zone, text,
};
use rooms_store::audit::Entry;
use rooms_store::events::By;
use rooms_store::{Constraint, companies, people, rooms};
use uuid::Uuid;

use crate::app::App;
use crate::error::Failure;
use crate::people::end_unless_allowed;
use crate::secret;

/// What is needed to begin: a company with one site, and its first admin.
#[derive(Debug, Clone)]
pub struct NewCompany {
    /// The company's name.
    pub name: String,
    /// The IANA zone of its first site.
    pub time_zone: String,
    /// The admin's address.
    pub admin_email: String,
    /// The admin's name; the part before the @ where none is given.
    pub admin_name: Option<String>,
    /// The admin's password.
    pub admin_password: String,
    /// The first site's name; the city of its zone where none is given.
    pub site_name: Option<String>,
    /// The first room, if one is wanted at once.
    pub first_room: Option<FirstRoom>,
}

/// The first room, open at all hours.
#[derive(Debug, Clone)]
pub struct FirstRoom {
    /// Its name; what is wrong with it is said of the field `room`.
    pub name: String,
    /// How many people it seats.
    pub capacity: i64,
    /// What is in it.
    pub equipment: Vec<String>,
}

impl FirstRoom {
    fn parse(&self) -> Result<RoomDraft, FieldErrors> {
        let hours = BookableHours::default();
        RoomDraft::parse(&self.name, self.capacity, &self.equipment, hours).map_err(|mut wrong| {
            for error in wrong.0.iter_mut().filter(|error| error.field == "name") {
                error.field = "room";
            }
            wrong
        })
    }
}

/// What was made.
#[derive(Debug, Clone, Copy)]
pub struct Founded {
    /// The company.
    pub company: CompanyId,
    /// Its first site.
    pub site: SiteId,
    /// Its first admin.
    pub admin: PersonId,
}

struct Founding {
    ids: [Uuid; 4],
    company: Company,
    zone: Zone,
    site_name: String,
    admin: Person,
    password_hash: String,
    room: Option<RoomDraft>,
    only_if_empty: bool,
    now: jiff::Timestamp,
}

/// Makes a company.
pub async fn add(app: &App, new: NewCompany) -> Result<Founded, Failure> {
    found(app, new, false).await
}

/// Makes the first company of an installation; refused when there is one already.
pub async fn set_up(app: &App, new: NewCompany) -> Result<Founded, Failure> {
    found(app, new, true).await
}

async fn found(app: &App, new: NewCompany, only_if_empty: bool) -> Result<Founded, Failure> {
    let mut errors = FieldErrors::default();
    let name = errors.keep(text::line("name", &new.name, text::NAME_MAX));
    let zone = errors.keep(Zone::parse("time_zone", &new.time_zone));
    let email = errors.keep(text::email("email", &new.admin_email));
    let fallback = new.admin_email.split('@').next().unwrap_or_default();
    let admin_name = new.admin_name.as_deref().unwrap_or(fallback);
    let admin_name = errors.keep(text::line("admin_name", admin_name, text::NAME_MAX));
    let whose = Whose {
        email: &new.admin_email,
        name: admin_name.as_deref().unwrap_or_default(),
        company: &new.name,
    };
    errors.keep(password::check("password", &new.admin_password, &whose));
    let site_name = new
        .site_name
        .map(|name| text::line("site_name", &name, text::NAME_MAX));
    let site_name = site_name.and_then(|name| errors.keep(name));
    let room = new.first_room.and_then(|room| errors.keep(room.parse()));
    let (Some(name), Some(zone), Some(email), Some(admin_name), true) =
        (name, zone, email, admin_name, errors.is_empty())
    else {
        return Err(errors.into());
    };
    let site_name = site_name.unwrap_or_else(|| city(&zone));
    let password_hash = hash(app, new.admin_password).await?;
    let company = CompanyId::from_uuid(app.new_id());
    let founding = Founding {
        ids: [app.new_id(), app.new_id(), app.new_id(), app.new_id()],
        admin: Person {
            id: PersonId::from_uuid(app.new_id()),
            company,
            email,
            name: admin_name,
            role: Role::Admin,
            may_connect: true,
            state: PersonState::Active,
        },
        company: Company {
            id: company,
            name,
            connect_policy: ConnectPolicy::Chosen,
        },
        zone,
        site_name,
        password_hash,
        room,
        only_if_empty,
        now: app.now(),
    };
    app.store()
        .write(founding, |tx, f| Box::pin(insert(tx, f)))
        .await
}

async fn insert(tx: &mut rooms_store::Tx, f: &Founding) -> Result<Founded, Failure> {
    if f.only_if_empty && companies::any(tx).await? {
        return Err(Failure::Conflict("this server has been set up already"));
    }
    companies::insert(tx, &f.company, f.now).await?;
    let [site, room, ..] = f.ids;
    let site = SiteId::from_uuid(site);
    rooms::insert_site(tx, f.company.id, site, &f.site_name, &f.zone, f.now).await?;
    if let Some(draft) = &f.room {
        rooms::insert(
            tx,
            f.company.id,
            site,
            RoomId::from_uuid(room),
            draft,
            f.now,
        )
        .await?;
    }
    people::insert(tx, &f.admin, Some(&f.password_hash), f.now)
        .await
        .map_err(email_taken)?;
    let by = if f.only_if_empty {
        By::Person(f.admin.id)
    } else {
        By::Operator
    };
    let entry = Entry::new(f.company.id, by, "company.added", f.company.id, f.now)
        .with("admin", f.admin.id.to_string());
    tx.audit(entry);
    Ok(Founded {
        company: f.company.id,
        site,
        admin: f.admin.id,
    })
}

fn city(zone: &Zone) -> String {
    let name = zone.name().rsplit('/').next().unwrap_or("Office");
    name.replace('_', " ")
}

/// Says that an address is taken beside its field.
pub(crate) fn email_taken(error: rooms_store::Error) -> Failure {
    if error.violates(Constraint::PersonEmail) {
        Failure::field("email", "taken", "Somebody here has this address already.")
    } else {
        error.into()
    }
}

/// Hashes a password, or says that it cannot be done now.
pub(crate) async fn hash(app: &App, password: String) -> Result<String, Failure> {
    secret::hash_password(app.entropy(), password)
        .await
        .ok_or(Failure::Conflict(
            "the password could not be hashed; try again",
        ))
}

/// Whether nobody has set this server up yet.
pub async fn is_empty(app: &App) -> Result<bool, Failure> {
    let mut tx = app.read().await?;
    Ok(!companies::any(&mut tx).await?)
}

/// The actor's company.
pub async fn get(app: &App, actor: &Actor) -> Result<Company, Failure> {
    let mut tx = app.read().await?;
    companies::get(&mut tx, actor.company)
        .await?
        .ok_or(Failure::NotFound("company"))
}

/// Changes the company's name and who may connect apps; connections of people who may not any
/// more end. Admins only.
pub async fn change(
    app: &App,
    actor: &Actor,
    name: &str,
    connect_policy: ConnectPolicy,
) -> Result<(), Failure> {
    admins_only(actor)?;
    let name = text::line("name", name, text::NAME_MAX)?;
    let company = Company {
        id: actor.company,
        name,
        connect_policy,
    };
    app.store()
        .write(
            (company, actor.person, app.now()),
            |tx, (company, by, now)| {
                Box::pin(async move {
                    // Also the lock of whoever changes who may connect apps.
                    companies::update(tx, company).await?;
                    let who = By::Person(*by);
                    let entry = Entry::new(company.id, who, "company.changed", company.id, *now)
                        .with("connect_policy", company.connect_policy.as_str());
                    tx.audit(entry);
                    for person in people::connected(tx, company.id).await? {
                        let allowed = (company.connect_policy, &person);
                        end_unless_allowed(tx, allowed, *by, *now).await?;
                    }
                    Ok(())
                })
            },
        )
        .await
}

/// Refuses everybody but admins.
pub fn admins_only(actor: &Actor) -> Result<(), Failure> {
    if actor.is_admin() {
        Ok(())
    } else {
        Err(Failure::Forbidden("only a company admin may do this"))
    }
}
