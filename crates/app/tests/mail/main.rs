//! Letters over a real line: the program's own mailer against a mail server that takes them,
//! refuses them, hangs, or dies; read back with a MIME parser.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests stop at the first surprise"
)]

mod colleagues;
mod connections;
mod data;
mod ends;

use std::time::Duration;

use jiff::SignedDuration;
use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};
use rooms_app::bookings::{self, Booked};
use rooms_app::jobs;
use rooms_app::mail::smtp::{Smtp, Written};
use rooms_app::mail::{Content, Mail, Mailer as _, Recipient};
use rooms_app::people::invitations::{NewInvitation, invite};
use rooms_core::booking::{self, Conference, Request};
use rooms_core::room::Room;
use rooms_core::{Actor, Role};
use rooms_testkit::app::{CLIENT_ID, MAIL_FROM, ZOOM_MARA};
use rooms_testkit::mail::{Delivered, MailSink, Mood};
use rooms_testkit::{Settings, TestApp, TestCompany, TestDatabase, TestPerson};
use zoom_sim::{Fault, Operation, Trouble};

const ZOOM: Option<Conference> = Some(Conference::Zoom);
const INES: &str = "ines@guests.example";
const PER: &str = "per@guests.example";

struct Stage {
    company: TestCompany,
    mara: TestPerson,
    room: Room,
}

/// Runs a test on the program with a mail server, over each kind of database.
async fn on_each(test: impl AsyncFn(&TestApp, Stage)) {
    let mut databases = vec![TestDatabase::sqlite()];
    databases.extend(TestDatabase::postgres().await);
    for database in databases {
        let settings = Settings {
            database: Some(database),
            mail: Some(Duration::from_millis(500)),
            ..Settings::default()
        };
        let app = TestApp::with(settings).await;
        let company = app.company("Halden").await;
        let mara = app.officer(&company, "Mara").await;
        let room = app.room(&company, "Aster").await;
        let stage = Stage {
            company,
            mara,
            room,
        };
        test(&app, stage).await;
    }
}

impl Stage {
    /// Half an hour two hours from now, to which people are invited.
    async fn book(
        &self,
        app: &TestApp,
        conference: Option<Conference>,
        invitees: &[&str],
    ) -> Booked {
        let starts_at = rooms_testkit::database::now() + SignedDuration::from_hours(2);
        let request = Request {
            room: self.room.id,
            title: "Größe; Fläche, Plan".to_owned(),
            starts_at,
            ends_at: starts_at + SignedDuration::from_mins(30),
            conference,
            organizer: None,
            host: None,
            invitees: invitees.iter().map(|&email| email.to_owned()).collect(),
        };
        bookings::book(&app.app, &self.mara.actor, request, None)
            .await
            .unwrap()
    }

    /// What the Health page of the admin lists as given up.
    async fn given_up(&self, app: &TestApp) -> Vec<jobs::GivenUp> {
        let admin: &Actor = &self.company.admin.actor;
        jobs::dead(&app.app, admin).await.unwrap()
    }
}

/// Lets mail about bookings be due, and sends it.
async fn send(app: &TestApp) -> Vec<Delivered> {
    app.run_jobs().await;
    app.pass(SignedDuration::from_secs(6));
    app.run_jobs().await;
    app.mail().take()
}

/// The one letter that came.
#[track_caller]
fn only(mut delivered: Vec<Delivered>) -> Delivered {
    assert_eq!(delivered.len(), 1, "{delivered:?}");
    delivered.remove(0)
}

fn read(letter: &Delivered) -> Message<'_> {
    MessageParser::default().parse(&letter.message).unwrap()
}

fn address(of: Option<&mail_parser::Address<'_>>) -> String {
    let first = of.and_then(|of| of.first()).unwrap();
    first.address().unwrap().to_owned()
}

/// The lines of the calendar file, unfolded, and the method its part names.
fn calendar(letter: &Message<'_>) -> (String, Vec<String>) {
    let mut attachments = letter.attachments();
    let part = attachments.next().unwrap();
    assert!(attachments.next().is_none());
    let kind = part.content_type().unwrap();
    assert_eq!((kind.ctype(), kind.subtype()), ("text", Some("calendar")));
    assert_eq!(kind.attribute("charset"), Some("utf-8"));
    assert_eq!(part.attachment_name(), Some("booking.ics"));
    let text = match &part.body {
        PartType::Text(text) => text.to_string(),
        PartType::Binary(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("no calendar: {other:?}"),
    };
    for line in text.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains('\n'), "{line}");
    }
    let unfolded = text.replace("\r\n ", "");
    let method = kind.attribute("method").unwrap().to_owned();
    (method, unfolded.lines().map(str::to_owned).collect())
}

#[track_caller]
fn has(calendar: &[String], lines: &[&str]) {
    for line in lines {
        assert!(calendar.iter().any(|l| l == line), "{line}: {calendar:#?}");
    }
}

fn starting<'a>(calendar: &'a [String], name: &str) -> Vec<&'a str> {
    let lines = calendar.iter().map(String::as_str);
    lines.filter(|line| line.starts_with(name)).collect()
}

#[tokio::test]
async fn an_invitation_comes_as_text_html_and_calendar_entry() {
    on_each(async |app, stage| {
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        let booked = stage.book(app, ZOOM, &[INES, PER]).await;
        let delivered = send(app).await;
        let recipients: Vec<_> = delivered.iter().map(|letter| letter.to.clone()).collect();
        assert_eq!(recipients.len(), 2, "one letter each");
        assert!(recipients.contains(&vec![INES.to_owned()]));
        assert!(recipients.contains(&vec![PER.to_owned()]));

        let to_ines = delivered.iter().find(|letter| letter.to == [INES]).unwrap();
        assert_eq!(to_ines.from, MAIL_FROM);
        let letter = read(to_ines);
        assert_eq!(address(letter.from()), MAIL_FROM);
        assert_eq!(address(letter.to()), INES);
        let subject = letter.subject().unwrap();
        assert!(subject.contains("Größe; Fläche, Plan"), "{subject}");
        let automatic = letter.header("Auto-Submitted").unwrap();
        assert_eq!(automatic.as_text(), Some("auto-generated"));
        let sent = letter.date().unwrap().to_timestamp();
        assert_eq!(sent, app.app.now().as_second());

        let now = bookings::get(&app.app, &stage.mara.actor, booked.booking.id);
        let meeting = now.await.unwrap().meeting.unwrap();
        let (link, passcode) = (meeting.join_url.unwrap(), meeting.passcode.unwrap());
        assert_eq!((letter.text_body.len(), letter.html_body.len()), (1, 1));
        for body in [letter.body_text(0).unwrap(), letter.body_html(0).unwrap()] {
            let body = body.replace("&#38;", "&").replace("&amp;", "&");
            for words in [
                "Mara",
                "Größe; Fläche, Plan",
                "Aster",
                "11:00",
                &link,
                &passcode,
            ] {
                assert!(body.contains(words), "no {words}: {body}");
            }
        }
        let (method, calendar) = calendar(&letter);
        assert_eq!(method, "REQUEST");
        has(
            &calendar,
            &[
                "METHOD:REQUEST",
                "SEQUENCE:0",
                "STATUS:CONFIRMED",
                "DTSTART:20261123T100000Z",
                "DTEND:20261123T103000Z",
                "SUMMARY:Größe\\; Fläche\\, Plan",
                &format!("URL:{link}"),
            ],
        );
        assert_eq!(starting(&calendar, "UID:").len(), 1);
        assert_eq!(starting(&calendar, "ATTENDEE").len(), 2);
        let organizer = starting(&calendar, "ORGANIZER");
        assert!(organizer[0].ends_with("mailto:mara@halden.example"));
        assert!(send(app).await.is_empty(), "it is sent once");
    })
    .await;
}

#[tokio::test]
async fn a_change_and_an_end_are_sent_under_the_same_uid_with_a_higher_sequence() {
    on_each(async |app, stage| {
        let mara = &stage.mara.actor;
        let id = stage.book(app, None, &[INES]).await.booking.id;
        let first = only(send(app).await);
        let change = booking::Change {
            title: Some("Plan".to_owned()),
            ..booking::Change::default()
        };
        bookings::change(&app.app, mara, id, change, None)
            .await
            .unwrap();
        let second = only(send(app).await);
        bookings::cancel(&app.app, mara, id, Some("The visitors are ill"), None)
            .await
            .unwrap();
        let third = only(send(app).await);

        let letters = [read(&first), read(&second), read(&third)];
        let entries: Vec<_> = letters.iter().map(calendar).collect();
        for (entry, (method, sequence, status)) in entries.iter().zip([
            ("REQUEST", "SEQUENCE:0", "STATUS:CONFIRMED"),
            ("REQUEST", "SEQUENCE:1", "STATUS:CONFIRMED"),
            ("CANCEL", "SEQUENCE:2", "STATUS:CANCELLED"),
        ]) {
            assert_eq!(entry.0, method);
            has(&entry.1, &[&format!("METHOD:{method}"), sequence, status]);
            assert_eq!(starting(&entry.1, "UID:"), starting(&entries[0].1, "UID:"));
        }
        has(&entries[1].1, &["SUMMARY:Plan"]);
        let ended = letters[2].body_text(0).unwrap();
        assert!(ended.contains("The visitors are ill"), "{ended}");
        let names: std::collections::BTreeSet<_> =
            letters.iter().map(|letter| letter.message_id()).collect();
        assert_eq!(names.len(), 3, "each letter has a name of its own");
    })
    .await;
}

#[tokio::test]
async fn with_zoom_the_invitation_waits_for_the_link() {
    on_each(async |app, stage| {
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        app.sim
            .fault(Fault::always(Operation::Any, Trouble::DropBefore));
        stage.book(app, ZOOM, &[INES]).await;
        assert!(send(app).await.is_empty());
        app.sim.clear_faults();
        for _ in 0..24 {
            app.run_jobs().await;
            app.pass(SignedDuration::from_secs(5));
        }
        let delivered = app.mail().take();
        let letter = only(delivered);
        let text = read(&letter).body_text(0).unwrap().into_owned();
        assert!(text.contains("Zoom: http"), "{text}");
    })
    .await;
}

#[tokio::test]
async fn an_account_a_lost_link_and_a_removed_app_have_their_letters() {
    on_each(async |app, stage| {
        let admin = &stage.company.admin.actor;
        let new = NewInvitation {
            email: "ida@halden.example".to_owned(),
            name: "Ida Moreau".to_owned(),
            role: Role::Officer,
            may_connect: true,
        };
        let invited = invite(&app.app, admin, new).await.unwrap();
        let letter = only(send(app).await);
        assert_eq!(letter.to, ["ida@halden.example"]);
        let letter = read(&letter);
        for body in [letter.body_text(0).unwrap(), letter.body_html(0).unwrap()] {
            assert!(body.contains(&invited.link), "{body}");
        }

        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        let refusal = serde_json::json!({ "code": 300, "message": "Too many cooks." });
        app.sim.fault(Fault::once(
            Operation::Create,
            Trouble::Status(400, refusal),
        ));
        stage.book(app, ZOOM, &[]).await;
        let letter = only(send(app).await);
        assert_eq!(letter.to, ["mara@halden.example"]);
        let text = read(&letter).body_text(0).unwrap().into_owned();
        assert!(text.contains("Too many cooks."), "{text}");
        assert!(text.contains("/bookings/bk_"), "{text}");

        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.deliver_webhooks().await;
        let letter = only(send(app).await);
        assert_eq!(letter.to, ["mara@halden.example"]);
        let letter = read(&letter);
        for body in [letter.body_text(0).unwrap(), letter.body_html(0).unwrap()] {
            assert!(body.contains("removed in Zoom"), "{body}");
            assert!(body.contains("/settings/apps"), "{body}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_cannot_take_it_now_is_asked_again() {
    on_each(async |app, stage| {
        app.mail().feels(Mood::Busy);
        stage.book(app, None, &[INES]).await;
        assert!(send(app).await.is_empty());
        app.mail().recovers();
        app.run_jobs().await;
        assert!(app.mail().take().is_empty(), "not at once");
        app.pass(SignedDuration::from_mins(1));
        let letter = only(send(app).await);
        assert_eq!(letter.to, [INES]);
        assert!(send(app).await.is_empty());

        app.mail().refuses(PER, "451 4.3.0 Come back later");
        bookings::change(
            &app.app,
            &stage.mara.actor,
            stage.bookings(app).await[0].booking.id,
            booking::Change {
                invitees: Some(vec![INES.to_owned(), PER.to_owned()]),
                ..booking::Change::default()
            },
            None,
        )
        .await
        .unwrap();
        assert_eq!(only(send(app).await).to, [INES]);
        app.mail().recovers();
        app.pass(SignedDuration::from_mins(1));
        assert_eq!(
            only(send(app).await).to,
            [PER],
            "who has it does not get it again"
        );
    })
    .await;
}

impl Stage {
    async fn bookings(&self, app: &TestApp) -> Vec<Booked> {
        let (from, to) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
        bookings::mine(&app.app, &self.mara.actor, from, to)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_recipient_that_is_refused_is_shown_on_health_and_can_be_tried_again() {
    on_each(async |app, stage| {
        app.mail().refuses(PER, "550 5.1.1 No such user here");
        stage.book(app, None, &[INES, PER]).await;
        assert_eq!(only(send(app).await).to, [INES], "the others have theirs");
        let given_up = stage.given_up(app).await;
        assert_eq!(given_up.len(), 1);
        assert_eq!(given_up[0].to.as_deref(), Some(PER));
        let why = given_up[0].job.last_error.clone().unwrap();
        assert!(why.contains("No such user here"), "{why}");

        let admin = app.signed_in(&stage.company.admin).await;
        let page = admin.get("/admin/health").await;
        for words in [PER, "No such user here", "Größe; Fläche, Plan", "once"] {
            assert!(page.text().contains(words), "no {words}: {}", page.text());
        }
        app.mail().recovers();
        let retry = format!("/admin/jobs/{}/retry", given_up[0].job.id);
        let done = admin.post_form("/admin/health", &retry, &[]).await;
        assert_eq!(done.status, 303);
        assert_eq!(only(send(app).await).to, [PER]);
        assert!(stage.given_up(app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_never_there_is_given_up_after_hours() {
    on_each(async |app, stage| {
        app.mail().feels(Mood::Busy);
        stage.book(app, None, &[INES]).await;
        send(app).await;
        let mut hours = 0;
        while stage.given_up(app).await.is_empty() {
            hours += 1;
            assert!(hours < 24, "tried for ever");
            for _ in 0..60 {
                app.pass(SignedDuration::from_mins(1));
                app.run_jobs().await;
            }
        }
        assert!(hours >= 3, "given up after {hours} hours");
        assert_eq!(stage.given_up(app).await[0].job.attempts, 12);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_hangs_or_dies_gets_the_same_letter_again() {
    on_each(async |app, stage| {
        app.mail().feels(Mood::Hangs);
        stage.book(app, None, &[INES]).await;
        assert!(send(app).await.is_empty());
        app.mail().feels(Mood::DiesAfterData);
        app.pass(SignedDuration::from_mins(1));
        let lost = only(send(app).await);
        assert!(!lost.acknowledged, "the program was not told");
        app.mail().recovers();
        app.pass(SignedDuration::from_mins(2));
        let again = only(send(app).await);
        assert!(again.acknowledged);
        let name = |letter: &Delivered| read(letter).message_id().unwrap().to_owned();
        assert_eq!(
            name(&again),
            name(&lost),
            "so that it is seen to be the same"
        );
        assert_eq!(read(&again).body_text(0), read(&lost).body_text(0));
        app.pass(SignedDuration::from_hours(1));
        assert!(send(app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn lines_that_begin_with_a_dot_and_a_server_that_wants_a_name_are_fine() {
    fn write(_: &Mail) -> Written {
        Written {
            subject: "Dots".to_owned(),
            text: ".\r\n..\r\n.begins with a dot\r\nend".to_owned(),
            html: "<p>.</p>".to_owned(),
        }
    }
    let sink = MailSink::start().await;
    let url = sink.url_for("rooms", "gehe%20im");
    let smtp = Smtp::new(&url, MAIL_FROM, write, Duration::from_secs(5)).unwrap();
    let mail = Mail {
        id: "one@halden.example".to_owned(),
        at: rooms_testkit::database::now(),
        to: Recipient {
            name: Some("Ines, \"die\" Größte".to_owned()),
            email: INES.to_owned(),
        },
        company: "Halden".to_owned(),
        support_email: MAIL_FROM.to_owned(),
        content: Content::Account {
            inviter: "Ada".to_owned(),
            link: "https://rooms.example".to_owned(),
        },
    };
    smtp.send(&mail).await.unwrap();
    let sent = only(sink.take());
    let login = Some(("rooms".to_owned(), "gehe im".to_owned()));
    assert_eq!(sent.login, login);
    let letter = read(&sent);
    assert_eq!(letter.message_id(), Some("one@halden.example"));
    let to = letter.to().and_then(|to| to.first()).unwrap();
    assert_eq!(to.name(), Some("Ines, \"die\" Größte"));
    let text = letter.body_text(0).unwrap();
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [".", "..", ".begins with a dot", "end"]
    );
}
