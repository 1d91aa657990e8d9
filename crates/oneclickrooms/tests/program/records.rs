//! Records: the audit, and what is held on people, from the command line.

use rooms_app::bookings;
use rooms_core::booking::Request;
use rooms_testkit::{Settings, TestApp, TestDatabase, TestPerson};

use crate::commands::{company, databases, officer, over};
use crate::process::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_is_verified_given_out_and_a_broken_link_is_found() {
    for database in databases().await {
        let place = over(&database);
        place.run(&["migrate"]).good();
        let id = company(&place, "admin@halden.example");
        officer(&place, &id, "olga@halden.example", PASSWORD).good();

        let verified = place.run(&["audit", "verify"]);
        let line = verified.good();
        assert!(
            line.starts_with(&format!("{id}: 2 entries hold; newest ")),
            "{line}"
        );

        let exported = place.run(&["audit", "export", "--company", &id]);
        let lines: Vec<serde_json::Value> = exported
            .good()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let actions: Vec<_> = lines
            .iter()
            .map(|line| line["action"].as_str().unwrap())
            .collect();
        assert_eq!(actions, ["company.added", "person.added"]);
        assert_eq!(lines[0]["actor_kind"], "operator");
        assert!(
            !exported.stdout.contains("olga@halden.example"),
            "ids, no addresses"
        );

        let table = place.run(&[
            "audit",
            "export",
            "--company",
            &id,
            "--format",
            "csv",
            "--from",
            "2020-01-01",
        ]);
        assert!(
            table.good().starts_with("number,at,actor_kind,"),
            "{table:?}"
        );
        assert!(
            table.stdout.contains("audit.exported"),
            "that it was given out is on record"
        );
        let none = place.run(&["audit", "export", "--company", &id, "--to", "2020-01-01"]);
        assert_eq!(none.good(), "");

        let on = if database.is_postgres() {
            " ON audit"
        } else {
            ""
        };
        database
            .execute(&format!("DROP TRIGGER audit_no_update{on}"))
            .await;
        database
            .execute("UPDATE audit SET action = 'person.left' WHERE number = 2")
            .await;
        let broken = place.run(&["audit", "verify", "--company", &id]);
        assert_eq!(broken.code, Some(1), "{broken:?}");
        let said = format!("{id}: broken at entry 2: the entry was changed");
        assert!(broken.stderr.contains(&said), "{broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_data_is_printed_and_erased_after_a_dry_run() {
    for database in databases().await {
        let place = over(&database);
        place.run(&["migrate"]).good();
        let id = company(&place, "admin@halden.example");
        let person = officer(&place, &id, "olga@halden.example", PASSWORD);
        let person = person.good().to_owned();
        let whom = ["--person", "olga@halden.example"];
        let data = |rest: &[&str]| place.run(&[&["data"], rest].concat());

        let printed = data(&[&["export"], &whom[..]].concat());
        let held: serde_json::Value = serde_json::from_str(printed.good()).unwrap();
        assert_eq!(held["person"]["id"], person);

        let dry = data(&[&["erase"], &whom[..], &["--dry-run"]].concat());
        assert!(
            dry.good()
                .ends_with("Nothing was erased: this was a dry run."),
            "{dry:?}"
        );
        assert_eq!(data(&["erasures"]).good(), "");
        let erased = data(&[&["erase"], &whom[..]].concat());
        assert!(
            erased.good().ends_with(&format!("{person} is erased.")),
            "{erased:?}"
        );
        let list = data(&["erasures", "--since", "2020-01-01"]);
        assert!(
            list.good().starts_with(&format!("{person} {id} ")),
            "{list:?}"
        );
        let gone = data(&[&["export"], &whom[..]].concat());
        assert_eq!(gone.code, Some(1), "{gone:?}");
        let last_admin = data(&["erase", "--person", "admin@halden.example"]);
        assert!(
            last_admin.stderr.contains("at least one active admin"),
            "{last_admin:?}"
        );
        place.run(&["audit", "verify"]).good();
    }
}

const GUEST: &str = "gala@guests.example";

/// Two companies in which somebody has a booking tomorrow, with the same guest.
async fn with_a_guest(database: TestDatabase) -> (TestApp, [TestPerson; 2]) {
    let stage = TestApp::with(Settings {
        database: Some(database),
        real_time: true,
        ..Settings::default()
    })
    .await;
    let mut people = Vec::new();
    for name in ["halden", "strand"] {
        let company = stage.company(name).await;
        let olga = stage.officer(&company, "olga").await;
        let room = stage.room(&company, "Aster").await;
        let hour = stage.app.now().as_second() / 3600 + 24;
        let at = |minutes: i64| jiff::Timestamp::from_second(hour * 3600 + minutes * 60).unwrap();
        let request = Request {
            room: room.id,
            title: format!("Plan of {name}"),
            starts_at: at(0),
            ends_at: at(30),
            conference: None,
            host: None,
            organizer: None,
            invitees: vec![GUEST.to_owned(), "per@guests.example".to_owned()],
        };
        bookings::book(&stage.app, &olga.actor, request, None)
            .await
            .unwrap();
        people.push(olga);
    }
    (stage, people.try_into().ok().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_without_an_account_is_given_what_is_held_and_erased() {
    for database in databases().await {
        let (stage, people) = with_a_guest(database).await;
        let place = over(stage.database());
        let data = |rest: &[&str]| place.run(&[&["data"], rest].concat());

        let printed = data(&["export", "--email", "Gala@guests.example"]);
        let held: serde_json::Value = serde_json::from_str(printed.good()).unwrap();
        assert_eq!(held["guest"], GUEST);
        let companies = held["companies"].as_array().unwrap();
        assert_eq!(companies.len(), 2);
        for (held, person) in companies.iter().zip(&people) {
            assert_eq!(held["company"], person.actor.company.to_string());
            assert_eq!(held["invited_to"].as_array().unwrap().len(), 1);
        }
        assert!(printed.stdout.contains("Plan of halden"));
        assert!(!printed.stdout.contains("per@"), "nobody else's address");

        let dry = data(&["erase", "--email", GUEST, "--dry-run"]);
        assert!(dry.good().contains("invited_to: 1"), "{dry:?}");
        let erased = data(&["erase", "--email", GUEST]);
        assert!(erased.good().contains("invited_to: 1"), "{erased:?}");
        stage.app.store().tidy().await.unwrap();
        let left = String::from_utf8_lossy(&stage.database().dump().await).into_owned();
        assert!(!left.contains(GUEST), "in no list, letter or history");
        assert!(left.contains("per@guests.example"), "the others stay");
        let again = data(&["erase", "--email", GUEST]);
        assert!(again.good().contains("Nobody invited"), "{again:?}");
        for person in &people {
            let company = person.actor.company.to_string();
            let audit = place.run(&["audit", "export", "--company", &company]);
            assert!(audit.good().contains("data.guest_exported"), "{audit:?}");
            assert!(audit.stdout.contains("data.guest_erased"), "{audit:?}");
            assert!(!audit.stdout.contains("gala"), "ids, no addresses");
        }
        place.run(&["audit", "verify"]).good();

        let account = data(&["erase", "--email", people[0].email()]);
        assert!(
            account.good().contains("data erase --person"),
            "{account:?}"
        );
        data(&["export", "--person", people[0].email()]).good();
        let both = data(&["export", "--email", GUEST, "--person", GUEST]);
        assert_eq!(both.code, Some(2), "{both:?}");
        assert_eq!(data(&["erase"]).code, Some(2), "whom?");
        stage.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_bookings_ahead_is_erased_after_they_are_cancelled() {
    for database in databases().await {
        let (stage, [olga, _]) = with_a_guest(database).await;
        let place = over(stage.database());
        let erase = |flag: &[&str]| {
            let whom = ["data", "erase", "--person", olga.email()];
            place.run(&[&whom[..], flag].concat())
        };
        let refused = erase(&[]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stdout.contains("ahead: bk_"), "{refused:?}");
        assert!(refused.stderr.contains("--cancel-bookings"), "{refused:?}");
        let cancelled = erase(&["--cancel-bookings"]);
        assert!(
            cancelled.good().starts_with("1 bookings cancelled."),
            "{cancelled:?}"
        );
        let states = "SELECT state FROM booking ORDER BY state";
        let now = stage.database().texts(states).await;
        assert_eq!(now, ["cancelled", "confirmed"], "the other company's stays");
        let erased = erase(&[]);
        assert!(erased.good().ends_with("is erased."), "{erased:?}");
        let gone = erase(&["--cancel-bookings"]);
        assert_eq!(gone.code, Some(1), "{gone:?}");
        stage.shut_down().await;
    }
}
