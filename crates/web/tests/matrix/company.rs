//! One of the two companies, while it is being filled with one of everything.

mod ways_in;

use jiff::{SignedDuration, Timestamp};
use rooms_app::bookings::{self, Booked};
use rooms_app::companies::{self, NewCompany};
use rooms_app::data::{requests, retention};
use rooms_app::people::invitations::{self, NewInvitation};
use rooms_app::people::{self, NewPerson, groups, permission, sessions, tokens};
use rooms_app::zoom::apps::own;
use rooms_app::zoom::leave;
use rooms_app::zoom::{connect, hosts, promises, reconcile};
use rooms_app::{Idempotency, history, jobs, rooms};
use rooms_core::booking::{Conference, Request};
use rooms_core::connection::{HostsFor, Links};
use rooms_core::meeting::Promise;
use rooms_core::retention::Kept;
use rooms_core::room::{BookableHours, RoomDraft, RoomState};
use rooms_core::{Actor, ConnectPolicy, ConnectionId, Role as Of, RoomId};
use rooms_testkit::TestApp;
use rooms_testkit::app::PASSWORD;

use crate::canaries::Canaries;
use crate::ids::Ids;
use crate::roles::{Credentials, Role};
use crate::stage::Side;

/// A company while it is being filled.
pub(crate) struct Half {
    word: &'static str,
    ids: Ids,
    pub(crate) admin: Actor,
    owner: Actor,
    officer: Actor,
    asking: Actor,
    forgotten: Actor,
    leaver: Actor,
    first: ConnectionId,
    second: ConnectionId,
    gone: Booked,
    linked: Booked,
    others: Vec<(Role, Credentials)>,
    raw: Vec<String>,
}

impl Half {
    /// A company with people, rooms, connections, and bookings whose links are on their way.
    pub(crate) async fn found(app: &TestApp, word: &'static str) -> Self {
        let new = NewCompany {
            name: format!("{word} works"),
            time_zone: "Europe/Berlin".to_owned(),
            admin_email: format!("admin@{word}.example"),
            admin_name: Some(format!("Ada {word}")),
            admin_password: PASSWORD.to_owned(),
            site_name: Some(format!("{word} house")),
            first_room: None,
        };
        let founded = companies::add(&app.app, new).await.unwrap();
        let admin = app.person(&format!("admin@{word}.example")).await;
        let named = format!("{word} gmbh");
        companies::change(&app.app, &admin.actor, &named, ConnectPolicy::Chosen)
            .await
            .unwrap();
        let owner = person(app, founded.company, word, "owner", true).await;
        let permitted = person(app, founded.company, word, "permitted", true).await;
        let officer = person(app, founded.company, word, "officer", false).await;
        let asking = person(app, founded.company, word, "asking", false).await;
        let forgotten = person(app, founded.company, word, "forgotten", false).await;
        let leaver = person(app, founded.company, word, "leaver", true).await;
        let admin = admin.actor;
        let (company, site) = (founded.company.to_string(), founded.site.to_string());
        let room = add_room(app, &admin, founded.site, &format!("{word} aster")).await;
        let retired_room = add_room(app, &admin, founded.site, &format!("{word} birch")).await;
        let (first, second) = {
            let mara = rooms_testkit::TestPerson {
                actor: owner.clone(),
                token: String::new(),
            };
            let first = app
                .connect_zoom(&mara, &format!("one@{word}.example"))
                .await;
            app.pass(SignedDuration::from_secs(1));
            let second = app
                .connect_zoom(&mara, &format!("two@{word}.example"))
                .await;
            (first.id, second.id)
        };
        hosts::rename(&app.app, &owner, first, &format!("{word} reception"))
            .await
            .unwrap();
        let books = Books {
            app,
            owner: &owner,
            word,
            room,
        };
        let linked = books.book("linked", 2, Some(first)).await;
        let failed = books.book("failed", 4, Some(first)).await;
        let drifted = books.book("drifted", 6, Some(first)).await;
        let removing = books.book("removing", 8, Some(first)).await;
        let gone = books.book("gone", 10, Some(first)).await;
        books.book("left", 12, Some(second)).await;
        let plain = books.book("plain", 14, None).await;
        let cancelled = books.book("cancelled", 16, None).await;
        let ids = Ids {
            company,
            site,
            room: room.to_string(),
            retired_room: retired_room.to_string(),
            officer: officer.person.to_string(),
            asking: asking.person.to_string(),
            deactivated: leaver.person.to_string(),
            plain: plain.booking.id.to_string(),
            linked: linked.booking.id.to_string(),
            failed: failed.booking.id.to_string(),
            drifted: drifted.booking.id.to_string(),
            removing: removing.booking.id.to_string(),
            cancelled: cancelled.booking.id.to_string(),
            connection: first.to_string(),
            left_connection: second.to_string(),
            email: format!("officer@{word}.example"),
            ..Ids::default()
        };
        let others = vec![
            (Role::Permitted, credentials(app, &permitted, word).await),
            (Role::Officer, credentials(app, &officer, word).await),
            (Role::Deactivated, credentials(app, &leaver, word).await),
        ];
        Self {
            word,
            ids,
            admin,
            owner,
            officer,
            asking,
            forgotten,
            leaver,
            first,
            second,
            gone,
            linked,
            others,
            raw: Vec::new(),
        }
    }

    async fn zoom_id(&self, app: &TestApp, booked: &Booked) -> i64 {
        let now = bookings::get(&app.app, &self.owner, booked.booking.id)
            .await
            .unwrap();
        now.meeting.unwrap().zoom_id.unwrap()
    }

    pub(crate) async fn hold_a_meeting(&self, app: &TestApp) {
        let id = self.zoom_id(app, &self.linked).await;
        assert!(app.sim.start_meeting(id));
        app.deliver_webhooks().await;
    }

    pub(crate) async fn lose_a_meeting_in_zoom(&self, app: &TestApp) {
        let id = self.zoom_id(app, &self.gone).await;
        assert!(app.sim.delete_meeting(id));
    }

    /// What is left to be done, asked or answered; no job runs after this.
    pub(crate) async fn come_to_an_end(&mut self, app: &TestApp) {
        let (word, product, admin, owner) = (self.word, &app.app, &self.admin, &self.owner);
        let reason = format!("{word} reason");
        for booking in [&self.ids.removing, &self.ids.cancelled] {
            let id = booking.parse().unwrap();
            bookings::cancel(product, owner, id, Some(&reason), None)
                .await
                .unwrap();
        }
        leave::leave(product, owner, Some(self.second), Links::Remove)
            .await
            .unwrap();
        hosts::offer(product, owner, self.first, HostsFor::Company)
            .await
            .unwrap();
        own::begin(product, admin).await.unwrap();
        let typed = own::Typed {
            client_id: format!("{word}-client"),
            client_secret: format!("{word}-client-secret"),
            webhook_secret: format!("{word}-webhook-secret"),
        };
        own::enter(product, admin, &typed).await.unwrap();
        promises::choose(product, owner, Some(Promise::default()))
            .await
            .unwrap();
        promises::rule(product, admin, Promise::default())
            .await
            .unwrap();
        let retired = rooms::add_site(product, admin, &format!("{word} shed"), "UTC", None)
            .await
            .unwrap();
        let shed = (retired.name.as_str(), "UTC");
        rooms::change_site(product, admin, retired.id, shed, RoomState::Retired)
            .await
            .unwrap();
        let spare = rooms::add_site(product, admin, &format!("{word} barn"), "UTC", None)
            .await
            .unwrap();
        let change = rooms::RoomChange {
            state: Some(RoomState::Retired),
            ..rooms::RoomChange::default()
        };
        let retired_room = self.ids.retired_room.parse().unwrap();
        rooms::change(product, admin, retired_room, change, None)
            .await
            .unwrap();
        let group = groups::add(product, admin, &format!("{word} group"), false)
            .await
            .unwrap();
        groups::put_in(product, admin, group.id, self.officer.person)
            .await
            .unwrap();
        let message = format!("{word} message");
        permission::ask(product, &self.asking, &message)
            .await
            .unwrap();
        requests::ask(product, &self.forgotten).await.unwrap();
        requests::ask(product, &self.asking).await.unwrap();
        requests::ask(product, owner).await.unwrap();
        self.answer_one_request(app).await;
        people::deactivate(product, admin, self.leaver.person)
            .await
            .unwrap();
        let invited = invitations::invite(
            product,
            admin,
            NewInvitation {
                email: format!("invited@{word}.example"),
                name: format!("Ida {word}"),
                role: Of::Officer,
                may_connect: false,
            },
        )
        .await
        .unwrap();
        let link = invited.link.rsplit('/').next().unwrap().to_owned();
        retention::change(product, admin, [(Kept::History, 400)].into())
            .await
            .unwrap();
        retention::run(product, admin.company).await.unwrap();
        self.ids = Ids {
            spare_site: spare.id.to_string(),
            retired_site: retired.id.to_string(),
            group: group.id.to_string(),
            invited: invited.person.to_string(),
            invitation: link,
            ..self.ids.clone()
        };
        let room = self.ids.room.parse().unwrap();
        let books = Books {
            app,
            owner,
            word,
            room,
        };
        // Whoever is invited to this one has heard nothing yet.
        books.book("unheard", 20, None).await;
        self.behind_the_back(app).await;
        self.doors(app).await;
        self.second_factors(app).await;
        self.find(app).await;
    }

    async fn answer_one_request(&self, app: &TestApp) {
        let all = requests::list(&app.app, &self.admin).await.unwrap();
        let of_asking = all
            .iter()
            .find(|request| request.person == self.asking.person);
        let reply = format!("{} reply", self.word);
        requests::refuse(&app.app, &self.admin, of_asking.unwrap().id, &reply)
            .await
            .unwrap();
    }

    /// States that take a trouble in Zoom to reach.
    async fn behind_the_back(&self, app: &TestApp) {
        let word = self.word;
        let of = |title: &str| {
            format!("WHERE booking_id = (SELECT id FROM booking WHERE title = '{word} {title}')")
        };
        let (failed, drifted) = (of("failed"), of("drifted"));
        for statement in [
            format!(
                "UPDATE meeting SET state = 'failed', failure = '{word} failure', attempts = 3, \
                 drift_topic = '{word} topic' {failed}"
            ),
            format!(
                "UPDATE meeting SET drift_topic = '{word} topic', drift_zone = told_zone, \
                 drift_starts_at = told_starts_at + 3600000000, drift_minutes = told_minutes {drifted}"
            ),
            format!(
                "UPDATE job SET state = 'dead', last_error = '{word} error', attempts = 12 \
                 WHERE kind = 'meeting' AND subject IN (SELECT m.id FROM meeting m \
                 JOIN booking b ON b.id = m.booking_id WHERE b.title = '{word} removing')"
            ),
            format!(
                "INSERT INTO notice (id, company_id, person_id, kind, subject, detail, created_at) \
                 SELECT b.id, b.company_id, b.organizer_id, 'meeting.gone', b.id, '{word} notice', \
                 b.created_at FROM booking b WHERE b.title = '{word} gone'"
            ),
            format!(
                "UPDATE meeting_attempt SET note = '{word} note' \
                 WHERE meeting_id IN (SELECT id FROM meeting {failed})"
            ),
            format!(
                "UPDATE reconciliation_host SET trouble = '{word} trouble', state = 'unreachable' \
                 WHERE company_id = (SELECT id FROM company WHERE name = '{word} gmbh')"
            ),
        ] {
            let touched = app.database().execute(&statement).await;
            assert!(touched > 0, "{statement}");
        }
    }

    /// Sessions, tokens and ways to Zoom, some of which have ended.
    async fn doors(&mut self, app: &TestApp) {
        let (word, product, officer) = (self.word, &app.app, &self.officer);
        let revoked = credentials(app, officer, word).await;
        let visitor = sessions::visitor(product, &revoked.session).await.unwrap();
        sessions::sign_out(product, officer, visitor.unwrap().session)
            .await
            .unwrap();
        let newest = tokens::list(product, officer).await.unwrap();
        for token in newest {
            tokens::revoke(product, officer, token.id).await.unwrap();
        }
        let fresh = credentials(app, officer, word).await;
        for (role, known) in &mut self.others {
            if *role == Role::Officer {
                fresh.token.clone_into(&mut known.token);
            }
        }
        let expired = open(app, officer, &format!("{word} expired")).await;
        let end = format!("UPDATE session SET expires_at = 1 WHERE user_agent = '{word} expired'");
        assert_eq!(app.database().execute(&end).await, 1);
        self.others.push((Role::Revoked, revoked));
        self.others.push((
            Role::Expired,
            Credentials {
                session: expired,
                token: "ocr_nobody-issued-this".to_owned(),
            },
        ));
        let session = open(app, &self.owner, &format!("{word} other browser")).await;
        let visitor = sessions::visitor(product, &session).await.unwrap().unwrap();
        self.ids.device = visitor.session.to_string();
        let way = connect::begin(product, &visitor).await.unwrap();
        let state = way.query_pairs().find(|(name, _)| name == "state");
        self.ids.way_to_zoom = state.unwrap().1.into_owned();
        let token = tokens::issue(product, &self.owner, &format!("{word} other token"))
            .await
            .unwrap();
        self.raw
            .extend([session, token, self.ids.way_to_zoom.clone()]);
        let all = tokens::list(product, &self.owner).await.unwrap();
        let named = all.iter().find(|token| token.name.ends_with("other token"));
        self.ids.api_token = named.unwrap().id.to_string();
    }

    /// The ids of what came about by itself.
    async fn find(&mut self, app: &TestApp) {
        let (product, admin) = (&app.app, &self.admin);
        let requests = requests::list(product, admin).await.unwrap();
        let open = requests.iter().find(|r| r.person == self.forgotten.person);
        let overview = reconcile::overview(product, admin).await.unwrap();
        let dead = jobs::dead(product, admin).await.unwrap();
        let notices = history::notices(product, &self.owner).await.unwrap();
        assert!(!notices.is_empty(), "the owner was told something");
        let own = own::overview(product, admin).await.unwrap();
        self.ids.zoom_app = own.own.unwrap().id.to_string();
        self.ids.request = open.unwrap().id.to_string();
        self.ids.run = overview.run.unwrap().id.to_string();
        self.ids.finding = overview.open[0].id.to_string();
        self.ids.job = dead[0].job.id.to_string();
        self.ids.notice = notices[0].id.to_string();
    }

    pub(crate) async fn side(self, app: &TestApp) -> Side {
        let owner = credentials(app, &self.owner, self.word).await;
        let admin = credentials(app, &self.admin, self.word).await;
        let mut canaries = Canaries::of(app.database(), self.word, &self.ids).await;
        for meeting in bookings_of(app, &self.owner).await {
            canaries.add(meeting.join_url);
            canaries.add(meeting.passcode);
            canaries.add(meeting.zoom_id.map(|id| id.to_string()));
        }
        for known in self
            .others
            .iter()
            .map(|(_, known)| known)
            .chain([&owner, &admin])
        {
            canaries.add(Some(known.session.clone()));
            canaries.add(Some(known.token.clone()));
        }
        for secret in self.raw {
            canaries.add(Some(secret));
        }
        canaries.add(Some(self.ids.invitation.clone()));
        Side {
            ids: self.ids,
            canaries,
            owner,
            admin,
            others: self.others,
        }
    }
}

async fn bookings_of(app: &TestApp, owner: &Actor) -> Vec<rooms_core::meeting::Meeting> {
    let from = app.app.now();
    let to = from + SignedDuration::from_hours(24);
    let mine = bookings::mine(&app.app, owner, from, to).await.unwrap();
    mine.into_iter()
        .filter_map(|booked| booked.meeting)
        .collect()
}

async fn person(
    app: &TestApp,
    company: rooms_core::CompanyId,
    word: &str,
    name: &str,
    may_connect: bool,
) -> Actor {
    let email = format!("{name}@{word}.example");
    let new = NewPerson {
        company,
        email: email.clone(),
        name: format!("{name} {word}"),
        role: Of::Officer,
        may_connect,
        password: PASSWORD.to_owned(),
    };
    people::add(&app.app, new).await.unwrap();
    app.person(&email).await.actor
}

async fn add_room(app: &TestApp, admin: &Actor, site: rooms_core::SiteId, name: &str) -> RoomId {
    let equipment = format!("{name} screen");
    let draft = RoomDraft::parse(name, 8, &[equipment], BookableHours::default()).unwrap();
    rooms::add(&app.app, admin, site, draft, None)
        .await
        .unwrap()
        .id
}

async fn open(app: &TestApp, person: &Actor, browser: &str) -> String {
    let browser = sessions::Browser {
        user_agent: browser.to_owned(),
        token: None,
        ..sessions::Browser::default()
    };
    sessions::open(&app.app, (person.company, person.person), &browser)
        .await
        .unwrap()
        .session
}

async fn credentials(app: &TestApp, person: &Actor, word: &str) -> Credentials {
    let name = format!("{word} token");
    Credentials {
        session: open(app, person, &format!("{word} browser")).await,
        token: tokens::issue(&app.app, person, &name).await.unwrap(),
    }
}

/// Who books what is on the stage.
struct Books<'a> {
    app: &'a TestApp,
    owner: &'a Actor,
    word: &'a str,
    room: RoomId,
}

impl Books<'_> {
    /// Half an hour, so many hours from now, with a link where a connection is named.
    async fn book(&self, title: &str, hours: i64, host: Option<ConnectionId>) -> Booked {
        let word = self.word;
        let minute = self.app.app.now().as_second().div_euclid(60) * 60;
        let minute = Timestamp::from_second(minute).unwrap();
        let starts_at = minute + SignedDuration::from_hours(hours);
        let request = Request {
            room: self.room,
            title: format!("{word} {title}"),
            starts_at,
            ends_at: starts_at + SignedDuration::from_mins(30),
            conference: host.map(|_| Conference::Zoom),
            host,
            organizer: None,
            invitees: vec![format!("guest@{word}.example")],
        };
        let key = Idempotency::parse(&format!("{word}-{title}"), "POST /bookings", b"").ok();
        bookings::book(&self.app.app, self.owner, request, key)
            .await
            .unwrap()
    }
}
