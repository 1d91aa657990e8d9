//! The whole program in a test: real routes on a real port, a real database, and the simulator as
//! the Zoom it talks to. Time stands still until the test moves it, and jobs run when it says so.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rooms_app::people::sessions::Visitor;
use rooms_app::zoom::connect::{self, NotConnected};
use rooms_app::{App, Parts, ZoomApp, ZoomAt, bookings, companies, jobs, people, rooms};
use rooms_core::booking::{Conference, Request};
use rooms_core::connection::Connection;
use rooms_core::room::{BookableHours, Room, RoomDraft, Site};
use rooms_core::{
    Actor, Clock, CompanyId, Entropy, PersonId, Role, SessionId, SimClock, SiteId, SystemClock,
};
use rooms_web::proxies::Proxies;
use rooms_web::{Options, Web};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use zoom_client::ApiUrlPolicy;
use zoom_client::webhook::Window;

use crate::database::{TestDatabase, now, sealer_seeded};
use crate::http::{Api, Browser};
use crate::mail::MailSink;
use crate::peers::{mailer, simulator};
pub use crate::settings::Settings;

/// The password of everybody in tests.
pub const PASSWORD: &str = "a long enough password";
/// Who the product is at Zoom.
pub const CLIENT_ID: &str = "rooms-under-test";
/// What the product proves it with.
pub const CLIENT_SECRET: &str = "rooms-under-test-secret";
/// What the simulator signs its webhooks with.
pub const WEBHOOK_SECRET: &str = "rooms-under-test-webhooks";
/// The licensed Zoom user of the simulator.
pub const ZOOM_MARA: &str = "mara@halden.example";
/// The basic Zoom user of the simulator.
pub const ZOOM_JONAS: &str = "jonas@halden.example";
/// The sender of mail.
pub const MAIL_FROM: &str = "rooms@oneclickrooms.example";

/// A company with its admin and first site.
#[derive(Debug, Clone)]
pub struct TestCompany {
    /// Its id.
    pub id: CompanyId,
    /// Its name, in lower case also the domain of its addresses.
    pub name: String,
    /// Its first site, in Europe/Berlin.
    pub site: SiteId,
    /// Its first admin.
    pub admin: TestPerson,
}

/// A person who can sign in with [`PASSWORD`], and a token of theirs.
#[derive(Debug, Clone)]
pub struct TestPerson {
    /// Who they are to use cases.
    pub actor: Actor,
    /// Their token for the API.
    pub token: String,
}

impl TestPerson {
    /// Their id.
    #[must_use]
    pub fn id(&self) -> PersonId {
        self.actor.person
    }

    /// Their address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.actor.email
    }
}

/// The running program with everything around it.
pub struct TestApp {
    /// The program, to call use cases directly.
    pub app: App,
    /// What its edge was told.
    pub web: Web,
    /// The way into the simulator.
    pub sim: zoom_sim::Handle,
    mail: Option<MailSink>,
    clock: Arc<SimClock>,
    simulator: zoom_sim::Running,
    url: Url,
    stop: CancellationToken,
    tasks: TaskTracker,
    database: TestDatabase,
}

/// Runs a test on the whole program over each kind of database.
pub async fn on_each(test: impl AsyncFn(&TestApp)) {
    eprintln!("on SQLite:");
    test(&TestApp::start().await).await;
    if let Some(database) = TestDatabase::postgres().await {
        eprintln!("on PostgreSQL:");
        let settings = Settings {
            database: Some(database),
            ..Settings::default()
        };
        test(&TestApp::with(settings).await).await;
    }
}

#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test whose stage does not stand has failed"
)]
impl TestApp {
    /// The program on `SQLite`, with Zoom configured.
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    /// The program as the test wants it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn with(settings: Settings) -> Self {
        let database = settings.database.unwrap_or_else(TestDatabase::sqlite);
        let sim_clock = Arc::new(SimClock::at(now()));
        let clock: Arc<dyn Clock> = if settings.real_time {
            Arc::new(SystemClock)
        } else {
            Arc::clone(&sim_clock) as _
        };
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("the port");
        let url = Url::parse(&format!("http://{address}")).expect("an address");
        let public_url = settings.public_url.unwrap_or_else(|| url.clone());
        let simulator = simulator(&public_url, settings.zoom_users, Arc::clone(&clock)).await;
        let mail = match settings.mail {
            Some(patience) => Some((MailSink::start().await, patience)),
            None => None,
        };
        let mailer = mail
            .as_ref()
            .map(|(sink, patience)| mailer(sink, *patience));
        let zoom_at = ZoomAt {
            oauth_url: simulator.url().clone(),
            api_url: simulator.url().clone(),
            follow_api_url: ApiUrlPolicy::SameOrigin,
            timeout: settings.zoom_timeout,
        };
        let client = zoom_at
            .client(CLIENT_ID.to_owned(), SecretString::from(CLIENT_SECRET))
            .expect("a client for the simulator");
        let zoom = ZoomApp {
            own: None,
            client,
            webhook_secrets: vec![SecretString::from(WEBHOOK_SECRET)],
            confirms_deletion: settings.confirms_deletion,
        };
        let seed = settings.seed * 3;
        let app = App::new(Parts {
            store: database
                .open(sealer_seeded(seed + 1))
                .await
                .expect("the database opens"),
            clock,
            entropy: Arc::new(Entropy::seeded(seed + 3)),
            zoom_at: Some(zoom_at),
            zoom: settings.zoom.then_some(zoom),
            public_url,
            support_email: "support@oneclickrooms.example".to_owned(),
            mailer,
            webhook_window: Window::default(),
        });
        let web = Web {
            app: app.clone(),
            options: Options {
                rate_limits: settings.rate_limits,
                trusted_proxies: Proxies::default(),
                oauth_origin: simulator.url().origin().ascii_serialization(),
                demo: false,
                set_up_code: settings.set_up_code,
                domain_file: settings.domain_file,
            },
        };
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(rooms_web::serve(
            listener,
            web.clone(),
            stop.clone().cancelled_owned(),
        ));
        Self {
            sim: simulator.handle(),
            mail: mail.map(|(sink, _)| sink),
            app,
            web,
            clock: sim_clock,
            simulator,
            url,
            stop,
            tasks,
            database,
        }
    }

    /// Where it answers, without a path.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// An address of it.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        self.app.link(path)
    }

    /// Where the simulator answers.
    #[must_use]
    pub fn zoom_url(&self) -> &Url {
        self.simulator.url()
    }

    /// The mail server.
    ///
    /// # Panics
    /// When the test asked for none.
    #[must_use]
    pub fn mail(&self) -> &MailSink {
        self.mail.as_ref().expect("Settings::mail")
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// The clock of program and simulator.
    #[must_use]
    pub fn clock(&self) -> &Arc<SimClock> {
        &self.clock
    }

    /// Moves the clock on.
    pub fn pass(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    /// Does all work that is due, and what that made due; gives how much it was.
    ///
    /// # Panics
    /// When the database fails, or the work never ends.
    pub async fn run_jobs(&self) -> usize {
        let mut done = 0;
        for _ in 0..200 {
            match jobs::run_due(&self.app).await.expect("jobs can be read") {
                0 => return done,
                some => done += some,
            }
        }
        panic!("after {done} jobs there is always another one due");
    }

    /// Has every webhook of the simulator lost on its way: what changes in Zoom is not told.
    pub fn lose_webhooks(&self) {
        self.sim.set_rules(zoom_sim::Rules {
            webhooks: zoom_sim::WebhookMode::Lost,
            ..self.sim.rules()
        });
    }

    /// Lets the simulator send its webhooks, and the program take them to heart.
    pub async fn deliver_webhooks(&self) {
        self.sim.deliver_due_webhooks().await;
        self.run_jobs().await;
    }

    /// A new company of this name with an admin, `admin@name.example`.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn company(&self, name: &str) -> TestCompany {
        let email = address("admin", name);
        let new = companies::NewCompany {
            name: name.to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            admin_email: email.clone(),
            admin_name: Some("Ada Admin".to_owned()),
            admin_password: PASSWORD.to_owned(),
            site_name: None,
            first_room: None,
        };
        let founded = companies::add(&self.app, new).await.expect("a company");
        TestCompany {
            id: founded.company,
            name: name.to_owned(),
            site: founded.site,
            admin: self.person(&email).await,
        }
    }

    /// Somebody of a company who books rooms and may connect apps: `name@company.example`.
    ///
    /// # Panics
    /// When they cannot be added.
    pub async fn officer(&self, company: &TestCompany, name: &str) -> TestPerson {
        let new = people::NewPerson {
            company: company.id,
            email: address(name, &company.name),
            name: name.to_owned(),
            role: Role::Officer,
            may_connect: true,
            password: PASSWORD.to_owned(),
        };
        let email = new.email.clone();
        people::add(&self.app, new).await.expect("an officer");
        self.person(&email).await
    }

    /// Somebody by address, with a new token.
    ///
    /// # Panics
    /// When nobody has the address.
    pub async fn person(&self, email: &str) -> TestPerson {
        let token = people::tokens::issue_for(&self.app, email, "test")
            .await
            .expect("a token");
        let actor = people::tokens::actor(&self.app, &token)
            .await
            .expect("the database answers");
        TestPerson {
            actor: actor.expect("a token that holds"),
            token,
        }
    }

    /// A new site.
    ///
    /// # Panics
    /// When it cannot be added.
    pub async fn site(&self, company: &TestCompany, name: &str, zone: &str) -> Site {
        rooms::add_site(&self.app, &company.admin.actor, name, zone, None)
            .await
            .expect("a site")
    }

    /// A new room for eight at the company's first site, open at all hours.
    ///
    /// # Panics
    /// When it cannot be added.
    pub async fn room(&self, company: &TestCompany, name: &str) -> Room {
        let draft = RoomDraft::parse(name, 8, &["screen".to_owned()], BookableHours::default())
            .expect("a room");
        rooms::add(&self.app, &company.admin.actor, company.site, draft, None)
            .await
            .expect("a room")
    }

    /// Books a room for half an hour, so many hours from now.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn book(
        &self,
        person: &TestPerson,
        room: &Room,
        hours: i64,
        conference: Option<Conference>,
    ) -> bookings::Booked {
        let minute = self.app.now().as_second().div_euclid(60) * 60;
        let minute = Timestamp::from_second(minute).expect("an instant");
        let starts_at = minute + SignedDuration::from_hours(hours);
        let request = Request {
            room: room.id,
            title: "Budget".to_owned(),
            starts_at,
            ends_at: starts_at + SignedDuration::from_mins(30),
            conference,
            host: None,
            organizer: None,
            invitees: Vec::new(),
        };
        bookings::book(&self.app, &person.actor, request, None)
            .await
            .expect("a booking")
    }

    /// Somebody's program that uses the API.
    #[must_use]
    pub fn api(&self, person: &TestPerson) -> Api {
        Api::new(self.url.clone(), Some(person.token.clone()))
    }

    /// A program without a token.
    #[must_use]
    pub fn anonymous(&self) -> Api {
        Api::new(self.url.clone(), None)
    }

    /// A browser without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.url.clone())
    }

    /// A browser in which somebody has signed in.
    pub async fn signed_in(&self, person: &TestPerson) -> Browser {
        let browser = self.browser();
        browser.sign_in(person.email(), PASSWORD).await;
        browser
    }

    /// Connects a person to a Zoom user of the simulator: the use cases of the two pages, and the
    /// consent page of the simulator between them.
    ///
    /// # Panics
    /// When it does not succeed.
    pub async fn connect_zoom(&self, person: &TestPerson, zoom_email: &str) -> Connection {
        self.connect_through(&self.app, person, zoom_email)
            .await
            .expect("a connection")
    }

    /// The same through one of several processes; why it did not succeed.
    ///
    /// # Panics
    /// When the way to Zoom cannot be taken.
    pub async fn connect_through(
        &self,
        app: &App,
        person: &TestPerson,
        zoom_email: &str,
    ) -> Result<Connection, NotConnected> {
        let visitor = Visitor {
            session: SessionId::from_uuid(self.app.new_id()),
            actor: person.actor.clone(),
            proved_at: self.app.now(),
            confined: false,
        };
        let there = connect::begin(app, &visitor).await.expect("a way to Zoom");
        let back = self.browser().consent(&there, zoom_email, "allow").await;
        let pair = |name: &str| {
            back.query_pairs()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value.into_owned())
        };
        let answer = connect::Answer {
            code: pair("code"),
            state: pair("state"),
            error: pair("error"),
        };
        connect::complete(app, Some(&visitor), &answer).await
    }

    /// Ends everything and waits for it.
    pub async fn shut_down(self) {
        self.into_database().await;
    }

    /// Ends everything, and leaves the database.
    pub async fn into_database(self) -> TestDatabase {
        self.stop.cancel();
        self.app.shut_down().await;
        self.tasks.close();
        self.tasks.wait().await;
        self.simulator.stop().await;
        self.database
    }
}

fn address(name: &str, company: &str) -> String {
    let word = |text: &str| text.to_lowercase().replace(' ', "-");
    format!("{}@{}.example", word(name), word(company))
}
