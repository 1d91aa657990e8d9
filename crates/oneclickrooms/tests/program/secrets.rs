//! Secrets are in no file, log, dump or answer.
//!
//! A server whose every secret is known to the test, with its log at its most talkative, connects,
//! books, refreshes, changes, fails in several ways, disconnects and is removed in Zoom. Then each
//! secret is looked for, in clear, in hex and in Base64, in everything that was written or answered.

use std::net::SocketAddr;

use rooms_app::DatabaseUrl;
use rooms_testkit::mail::Delivered;
use rooms_testkit::{Answer, Api, Browser, MailSink, TestDatabase};
use serde_json::json;
use zoom_sim::{Fault, Handle, Operation, Options, SimUser, Trouble};

use crate::commands::{company, officer, over};
use crate::crash::until;
use crate::needles::{Needle, found};
use crate::process::{Place, Running};

const CLIENT_ID: &str = "canary-client-id";
const CLIENT_SECRET: &str = "Canary~ClientSecret~2gY8nPqWm4";
const WEBHOOK_SECRET: &str = "Canary~WebhookSecret~7rTzXk3Lb";
const SMTP_PASSWORD: &str = "Canary~SmtpPassword~q9HfVc5Js";
const MASTER_KEY: &str = "Q2FuYXJ5TWFzdGVyS2V5MDEyMzQ1Njc4OUFCQ0RFRkc=";
const PASSWORD: &str = "Canary password of Olga, long enough";
const ADMIN: &str = "admin@halden.example";
const OLGA: &str = "olga@halden.example";
const ZOOM_OLGA: &str = "zoom-olga@halden.example";

/// Everything that must not turn up, and everything in which it might.
#[derive(Default)]
struct Seen {
    secrets: Vec<Needle>,
    answers: Vec<(String, Vec<u8>)>,
}

impl Seen {
    fn secret(&mut self, name: &str, value: &str) {
        self.secrets.push(Needle::new(name, value));
    }

    /// Keeps an answer, head and body.
    fn answer(&mut self, answer: Answer) -> Answer {
        let mut whole = format!("{}\n{:?}\n", answer.status, answer.headers).into_bytes();
        whole.extend_from_slice(&answer.body);
        self.answers.push((answer.url.to_string(), whole));
        answer
    }

    /// Fails if any secret is in these bytes, but those that may be.
    #[track_caller]
    fn none_in(&self, place: &str, bytes: &[u8], but: &[&str]) {
        let looked_for = self
            .secrets
            .iter()
            .filter(|secret| !but.contains(&secret.name()));
        let found = found(looked_for, bytes);
        assert!(found.is_empty(), "{place}: {found:#?}");
    }
}

/// The program, the simulator and the mail server around one database.
struct Stage {
    place: Place,
    server: Running,
    address: String,
    simulator: zoom_sim::Running,
    mail: MailSink,
    olga: Browser,
    api: Api,
    company: String,
}

impl Stage {
    async fn set(database: &TestDatabase, seen: &mut Seen) -> Self {
        let mail = MailSink::start().await;
        let simulator = zoom_sim::start(Options {
            users: vec![SimUser {
                email: ZOOM_OLGA.to_owned(),
                password: "zoom-demo".to_owned(),
                display_name: "Olga".to_owned(),
                account_id: "CanaryAccount0000000001".to_owned(),
                user_id: "canaryUser000000000001".to_owned(),
                licensed: true,
                time_zone: "Europe/Berlin".to_owned(),
                admin_blocks_app: false,
            }],
            ..Options::new(SocketAddr::from(([127, 0, 0, 1], 0)))
        })
        .await
        .unwrap();
        let zoom = simulator.url().to_string();
        let place = over(database)
            .with("ONECLICKROOMS_MASTER_KEY", MASTER_KEY)
            .with("ONECLICKROOMS_ZOOM_CLIENT_ID", CLIENT_ID)
            .with("ONECLICKROOMS_ZOOM_CLIENT_SECRET", CLIENT_SECRET)
            .with("ONECLICKROOMS_ZOOM_WEBHOOK_SECRET", WEBHOOK_SECRET)
            .with("ONECLICKROOMS_ZOOM_OAUTH_URL", zoom.clone())
            .with("ONECLICKROOMS_ZOOM_API_URL", zoom)
            .with(
                "ONECLICKROOMS_SMTP_URL",
                mail.url_for("rooms", &SMTP_PASSWORD.replace('~', "%7E")),
            )
            .with("ONECLICKROOMS_MAIL_FROM", "rooms@halden.example")
            .with("ONECLICKROOMS_RATE_LIMITS", "off")
            .with("ONECLICKROOMS_LOG", "trace");
        place.run(&["migrate"]).good();
        let company = company(&place, ADMIN);
        officer(&place, &company, OLGA, PASSWORD).good();
        let (server, address) = place.serve_logging();
        let issued = place.run(&["token", "issue", "--email", ADMIN, "--name", "rooms"]);
        seen.secret("API token of the command line", issued.good());
        let admin = Api::new(address.parse().unwrap(), Some(issued.good().to_owned()));
        let sites = seen.answer(admin.get("sites").await).ok(200);
        let room = json!({ "site_id": sites["items"][0]["id"], "name": "Aster", "capacity": 8 });
        seen.answer(admin.post("rooms", &room).await).ok(201);
        simulator.handle().set_app(app(&address));
        let olga = Browser::new(address.parse().unwrap());
        seen.answer(olga.get("/sign-in").await);
        olga.sign_in(OLGA, PASSWORD).await;
        let cookies = olga.cookies(&olga.address("/"));
        let session = cookies.split("session=").nth(1).unwrap();
        seen.secret("session token", session.split(';').next().unwrap());
        let token = issue(&olga, seen).await;
        let api = Api::new(address.parse().unwrap(), Some(token));
        Self {
            place,
            server,
            address,
            simulator,
            mail,
            olga,
            api,
            company,
        }
    }

    fn zoom(&self) -> Handle {
        self.simulator.handle()
    }

    /// Books with Zoom, so many hours from tomorrow, and waits until the link stands as it should.
    async fn book(&self, hours: i64, state: &str, seen: &mut Seen) -> String {
        let rooms = seen.answer(self.api.get("rooms").await).ok(200);
        let hour = jiff::Timestamp::now().as_second() / 3600 + 24 + hours;
        let at = |minutes: i64| jiff::Timestamp::from_second(hour * 3600 + minutes * 60).unwrap();
        let wish = json!({
            "room_id": rooms["items"][0]["id"],
            "title": "Planning",
            "starts_at": at(0).to_string(),
            "ends_at": at(30).to_string(),
            "conference": "zoom",
            "invitees": ["guest@guests.example"],
        });
        let booked = seen.answer(self.api.post("bookings", &wish).await).ok(201);
        let id = booked["id"].as_str().unwrap().to_owned();
        self.wait(&id, state).await;
        let booking = self.api.get(&format!("bookings/{id}")).await.ok(200);
        if let Some(join) = booking["meeting"]["join_url"].as_str() {
            seen.secret("join link", join.split("pwd=").nth(1).unwrap_or(join));
            seen.secret("passcode", booking["meeting"]["passcode"].as_str().unwrap());
        }
        id
    }

    async fn wait(&self, booking: &str, state: &str) {
        let path = format!("bookings/{booking}");
        until(state, async || {
            let booking = self.api.get(&path).await.ok(200);
            booking["meeting"]["state"] == state
        })
        .await;
    }

    async fn connect(&self, seen: &mut Seen) {
        let apps = "/settings/apps";
        let left = self
            .olga
            .post_form(apps, "/settings/apps/zoom/connection", &[])
            .await;
        let left = seen.answer(left);
        let back = self
            .olga
            .consent(&left.location(), ZOOM_OLGA, "allow")
            .await;
        seen.answer(self.olga.get(back.as_str()).await);
        seen.answer(self.olga.get(apps).await);
    }
}

fn app(address: &str) -> zoom_sim::App {
    zoom_sim::App {
        name: "OneClickRooms".to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        webhook_secret: WEBHOOK_SECRET.to_owned(),
        redirect_uris: vec![format!("{address}/zoom_callback")],
        webhook_url: Some(format!("{address}/webhooks/zoom")),
        scopes: zoom_sim::ordinary_scopes(),
    }
}

/// A token for the API, which the page after the form shows, this once.
async fn issue(olga: &Browser, seen: &mut Seen) -> String {
    const TOKENS: &str = "/settings/tokens";
    let issued = olga.post_form(TOKENS, TOKENS, &[("name", "canary")]).await;
    let shown = olga.visit(issued.location().as_str()).await;
    let from = shown.text().find("ocr_").unwrap();
    let rest = &shown.text()[from..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    let token = rest[..end.unwrap()].to_owned();
    seen.secret("API token", &token);
    seen.answer(olga.get(TOKENS).await);
    token
}

/// What everybody invited may see.
const JOINS: [&str; 2] = ["join link", "passcode"];

/// Connects, books, refreshes, changes, and fails in several ways.
async fn live(stage: &Stage, seen: &mut Seen) {
    let zoom = stage.zoom();
    stage.connect(seen).await;
    let booking = stage.book(0, "ready", seen).await;
    for path in ["", "/calendar.ics"] {
        let page = format!("/bookings/{booking}{path}");
        seen.answer(stage.olga.get(&page).await);
        seen.answer(stage.api.get(&format!("bookings/{booking}{path}")).await);
    }
    // Zoom says that the token is over: it is refreshed.
    let over = json!({ "code": 124, "message": "Access token is expired." });
    zoom.fault(Fault::once(Operation::Update, Trouble::Status(401, over)));
    let before = zoom.issued().len();
    let title = json!({ "title": "Replanning" });
    let path = format!("bookings/{booking}");
    seen.answer(stage.api.patch(&path, None, &title).await)
        .ok(200);
    until("refreshed", async || zoom.issued().len() > before).await;
    for trouble in [
        Trouble::Status(500, json!({ "code": 5010, "message": "Internal error" })),
        Trouble::Html(502),
        Trouble::Truncated,
        Trouble::DropAfter,
    ] {
        zoom.fault(Fault::once(Operation::Create, trouble));
    }
    let late = stage.book(2, "ready", seen).await;
    let cancellation = format!("bookings/{late}/cancellation");
    let cancelled = stage.api.post(&cancellation, &json!({})).await;
    seen.answer(cancelled).ok(200);
    stage.wait(&late, "removed").await;
    // Some of them may not have struck: what was made all the same is found.
    zoom.clear_faults();
    let refused = json!({ "code": 300, "message": "Invalid parameter" });
    zoom.fault(Fault::once(
        Operation::Create,
        Trouble::Status(400, refused),
    ));
    stage.book(4, "failed", seen).await;
}

/// What is refused, by the server and by Zoom.
async fn refused(stage: &Stage, seen: &mut Seen) {
    let stranger = Browser::new(stage.address.parse().unwrap());
    let wrong = [("email", OLGA), ("password", "Canary wrong password")];
    seen.answer(stranger.post_form("/sign-in", "/sign-in", &wrong).await);
    seen.answer(
        stranger
            .get("/zoom_callback?code=canary-code&state=canary-state")
            .await,
    );
    seen.answer(
        stage
            .olga
            .get("/zoom_callback?code=canary-code&state=canary-state")
            .await,
    );
    let forged = stage.api.with_token("ocr_canary-forged-token");
    seen.answer(forged.get("rooms").await);
    let webhook = forged
        .request("POST".parse().unwrap(), "/webhooks/zoom")
        .header("x-zm-signature", "v0=canary")
        .header("x-zm-request-timestamp", "1")
        .body("{}");
    seen.answer(forged.send(webhook).await);
}

/// Ends the connection in each of the ways there are, and finds it dead.
async fn end(stage: &Stage, seen: &mut Seen) {
    let zoom = stage.zoom();
    let disconnect = "/settings/apps/zoom/disconnection";
    let left = stage
        .olga
        .post_form("/settings/apps", disconnect, &[])
        .await;
    seen.answer(left);
    until("handed back", async || {
        !zoom.is_installed(ZOOM_OLGA, CLIENT_ID)
    })
    .await;
    stage.connect(seen).await;
    let booking = stage.book(6, "ready", seen).await;
    let dead = json!({ "reason": "Invalid Token!", "error": "invalid_grant" });
    let over = json!({ "code": 124, "message": "Access token is expired." });
    zoom.fault(Fault::once(Operation::Update, Trouble::Status(401, over)));
    zoom.fault(Fault::once(Operation::Refresh, Trouble::Status(400, dead)));
    let title = json!({ "title": "Replanning" });
    let path = format!("bookings/{booking}");
    seen.answer(stage.api.patch(&path, None, &title).await)
        .ok(200);
    let needs = async || {
        let page = stage.olga.get("/settings/apps").await;
        page.text().contains("Connect again") || page.text().contains("sign in again")
    };
    until("found dead", needs).await;
    stage.connect(seen).await;
    assert!(zoom.remove_app(ZOOM_OLGA, CLIENT_ID));
    until("removed", async || {
        let page = stage.olga.get("/settings/apps").await;
        page.text().contains("Inactive")
    })
    .await;
    for page in [
        "/",
        "/bookings",
        "/settings",
        "/settings/apps",
        "/settings/devices",
    ] {
        seen.answer(stage.olga.get(page).await);
    }
}

/// What the operator and the admin take out of it.
async fn records(stage: &Stage, seen: &mut Seen) {
    let admin = Browser::new(stage.address.parse().unwrap());
    admin.sign_in(ADMIN, crate::process::PASSWORD).await;
    for page in [
        "/admin/audit",
        "/admin/audit/download",
        "/admin/company",
        "/admin/health",
        "/admin/meetings",
        "/admin/people",
        "/admin/reconciliation",
        "/admin/data-requests",
        "/admin/retention",
        "/readyz",
    ] {
        let answer = seen.answer(admin.get(page).await);
        assert_eq!(answer.status, 200, "{page}");
    }
    let download = stage.olga.get("/settings/data/download").await;
    seen.none_in("the data of a person", &download.body, &[]);
    for command in [
        &["config", "check"][..],
        &["audit", "verify"],
        &["audit", "export", "--company", &stage.company],
        &["data", "export", "--person", OLGA],
        &["data", "export", "--email", "guest@guests.example"],
        &[
            "zoom",
            "reconcile",
            "--company",
            &stage.company,
            "--dry-run",
        ],
    ] {
        let ended = stage.place.run(command);
        let written = format!("{}{}", ended.stdout, ended.stderr);
        assert!(written.len() > 20, "{command:?}: {ended:?}");
        seen.none_in(&format!("{command:?}"), written.as_bytes(), &[]);
    }
}

/// The files of the database as they lie there, or every row of it.
async fn at_rest(database: &TestDatabase) -> Vec<u8> {
    let mut all = Vec::new();
    if let DatabaseUrl::Sqlite(file) = database.url() {
        let folder = file.parent().unwrap();
        for name in crate::process::files(folder) {
            all.extend(std::fs::read(folder.join(name)).unwrap());
        }
    }
    all.extend(database.dump().await);
    all
}

async fn invite(stage: &Stage, seen: &mut Seen) -> Vec<Delivered> {
    const PEOPLE: &str = "/admin/people";
    let admin = Browser::new(stage.address.parse().unwrap());
    admin.sign_in(ADMIN, crate::process::PASSWORD).await;
    let fields = [
        ("name", "Ida"),
        ("email", "ida@halden.example"),
        ("role", "officer"),
    ];
    let invited = admin.post_form(PEOPLE, PEOPLE, &fields).await;
    assert_eq!(invited.status, 303, "{}", invited.text());
    let arrived = || {
        let letters = stage.mail.delivered();
        letters
            .iter()
            .any(|letter| letter.to == ["ida@halden.example"])
    };
    until("the invitation has arrived", async || arrived()).await;
    let letters = stage.mail.take();
    let text = letters
        .iter()
        .map(|letter| String::from_utf8_lossy(&letter.message).replace("=\r\n", ""))
        .find(|text| text.contains("/invitations/"));
    let text = text.unwrap();
    let token = text.split("/invitations/").nth(1).unwrap();
    let end = token.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    seen.secret("invitation token", &token[..end.unwrap()]);
    letters
}

async fn no_secret_is_anywhere(database: TestDatabase) {
    let mut seen = Seen::default();
    for (name, secret) in [
        ("client secret", CLIENT_SECRET),
        ("webhook secret", WEBHOOK_SECRET),
        ("SMTP password", SMTP_PASSWORD),
        ("master key", MASTER_KEY),
        ("master key, its bytes", "CanaryMasterKey0123456789ABCDEFG"),
        ("password", PASSWORD),
        ("wrong password", "Canary wrong password"),
        ("forged API token", "ocr_canary-forged-token"),
        ("forged code", "canary-code"),
    ] {
        seen.secret(name, secret);
    }
    let stage = Stage::set(&database, &mut seen).await;
    let mut letters = invite(&stage, &mut seen).await;
    live(&stage, &mut seen).await;
    refused(&stage, &mut seen).await;
    let connected = at_rest(&database).await;
    end(&stage, &mut seen).await;
    letters.extend(stage.mail.take());
    let zoom = stage.zoom();
    for secret in zoom.issued() {
        seen.secret("code or token of Zoom", &secret);
    }
    records(&stage, &mut seen).await;
    seen.none_in("the database while connected", &connected, &[]);
    seen.none_in("the database after it", &at_rest(&database).await, &[]);
    let folder = stage.place.folder.clone();
    stage.server.signal("INT");
    assert_eq!(stage.server.end().0, Some(0));
    seen.none_in("the database at the end", &at_rest(&database).await, &[]);
    let log = std::fs::read(folder.join("server.log")).unwrap();
    let talks = String::from_utf8_lossy(&log);
    for words in [
        "zoom answered",
        "somebody signed in",
        "a request was refused",
    ] {
        assert!(talks.contains(words), "the log does not say: {words}");
    }
    seen.none_in("the log", &log, &[]);
    for (url, answer) in &seen.answers {
        seen.none_in(url, answer, &may_be_shown(url));
    }
    assert!(seen.answers.len() > 40 && letters.len() > 3);
    for letter in &letters {
        let but = [&JOINS[..], &["invitation token"]].concat();
        seen.none_in("a letter", &letter.message, &but);
    }
    eprintln!(
        "{} secrets looked for in {} answers, {} letters, {} kB of log, {} kB of database",
        seen.secrets.len(),
        seen.answers.len(),
        letters.len(),
        log.len() / 1000,
        connected.len() / 1000,
    );
    stage.simulator.stop().await;
}

/// What an address may say: links where bookings are, a code where the browser brings it.
fn may_be_shown(url: &str) -> Vec<&'static str> {
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    let shows_links = ["bookings", "api/v1/bookings", "admin/meetings"];
    if path.is_empty() || shows_links.iter().any(|start| path.starts_with(start)) {
        JOINS.to_vec()
    } else {
        Vec::new()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_a_file_a_log_a_dump_or_an_answer_on_sqlite() {
    no_secret_is_anywhere(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_a_file_a_log_a_dump_or_an_answer_on_postgresql() {
    if let Some(database) = TestDatabase::postgres().await {
        no_secret_is_anywhere(database).await;
    }
}
