//! Records: the audit, and what is held on people, from the command line.

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
