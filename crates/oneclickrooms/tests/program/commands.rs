//! Commands: what they print, and what they say when they cannot.

use rooms_testkit::TestDatabase;

use crate::process::{PASSWORD, Place, files, get};

/// A place over a database of the test kit.
pub(crate) fn over(database: &TestDatabase) -> Place {
    let url = match database.url() {
        rooms_app::DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
        rooms_app::DatabaseUrl::Postgres(url) => url.clone(),
    };
    Place::new().with("ONECLICKROOMS_DATABASE_URL", url)
}

pub(crate) fn company(place: &Place, admin: &str) -> String {
    let add = [
        "company",
        "add",
        "--name",
        "Halden",
        "--time-zone",
        "Europe/Berlin",
    ];
    let arguments = [&add[..], &["--admin", admin, "--password-stdin"]].concat();
    let ended = place.run_with(&arguments, &format!("{PASSWORD}\n"));
    ended.good().to_owned()
}

pub(crate) fn officer(
    place: &Place,
    company: &str,
    email: &str,
    password: &str,
) -> crate::process::Ended {
    let add = [
        "person",
        "add",
        "--company",
        company,
        "--email",
        email,
        "--name",
        "Olga",
    ];
    let rest = ["--role", "officer", "--connect-apps", "--password-stdin"];
    place.run_with(&[&add[..], &rest].concat(), password)
}

pub(crate) async fn databases() -> Vec<TestDatabase> {
    let mut databases = vec![TestDatabase::sqlite()];
    databases.extend(TestDatabase::postgres().await);
    databases
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_print_what_they_made_and_work_while_the_server_runs() {
    for database in databases().await {
        let place = over(&database);
        place.run(&["migrate"]).good();
        let (server, address) = place.serve();
        let id = company(&place, "admin@halden.example");
        assert!(id.parse::<rooms_core::CompanyId>().is_ok(), "{id}");
        let person = officer(&place, &id, "olga@halden.example", PASSWORD);
        assert!(
            person.good().parse::<rooms_core::PersonId>().is_ok(),
            "{person:?}"
        );
        let token = place.run(&[
            "token",
            "issue",
            "--email",
            "olga@halden.example",
            "--name",
            "ci",
        ]);
        let token = token.good();
        assert!(
            token.starts_with("ocr_") && !token.contains(char::is_whitespace),
            "{token}"
        );
        assert!(get(&address, "/readyz").starts_with("HTTP/1.1 200"));
        server.interrupt();
        assert_eq!(database.integers("SELECT COUNT(*) FROM person").await, [2]);
        assert_eq!(database.integers("SELECT COUNT(*) FROM site").await, [1]);
        assert_eq!(
            database.integers("SELECT COUNT(*) FROM api_token").await,
            [1]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_given_back_by_a_link_where_no_admin_can() {
    for database in databases().await {
        let place = over(&database).with("ONECLICKROOMS_PUBLIC_URL", "https://rooms.example");
        place.run(&["migrate"]).good();
        company(&place, "admin@halden.example");
        let recover = ["person", "recover", "--email"];
        let link = place.run(&[&recover[..], &["Admin@halden.example"]].concat());
        let link = link.good().to_owned();
        assert!(
            link.starts_with("https://rooms.example/invitations/"),
            "{link}"
        );
        let kept = "SELECT COUNT(*) FROM invitation WHERE removes_factors AND used_at IS NULL";
        assert_eq!(database.integers(kept).await, [0]);
        let more = ["admin@halden.example", "--remove-second-factor"];
        place.run(&[&recover[..], &more].concat()).good();
        assert_eq!(
            database.integers(kept).await,
            [1],
            "and the first has ended"
        );
        let ended = place.run(&[&recover[..], &["nobody@halden.example"]].concat());
        assert!(
            ended.refusal().contains("there is no such person"),
            "{ended:?}"
        );
        let ended = place.run(&[&recover[..], &["no address"]].concat());
        assert!(
            ended.refusal().contains("email: Write an e-mail address"),
            "{ended:?}"
        );
    }
}

#[test]
fn what_is_wrong_is_said_beside_its_field() {
    let place = Place::new();
    let id = company(&place, "admin@halden.example");
    let ended = officer(&place, &id, "no address", "short");
    let why = ended.refusal();
    assert!(why.contains("email: Write an e-mail address"), "{why}");
    assert!(why.contains("password: Use 8 characters or more"), "{why}");
    for (password, reason) in [
        ("Password1", "chose this"),
        ("halden-olga", "guessed first"),
    ] {
        let ended = officer(&place, &id, "olga@halden.example", password);
        let why = ended.refusal();
        assert!(why.contains("password: ") && why.contains(reason), "{why}");
    }
    let taken = officer(&place, &id, "ADMIN@halden.example", PASSWORD);
    assert!(taken.refusal().contains("email: "), "{taken:?}");
    let nowhere = format!("co_{}", "0".repeat(32));
    let ended = officer(&place, &nowhere, "olga@halden.example", PASSWORD);
    assert!(
        ended.refusal().contains("there is no such company"),
        "{ended:?}"
    );
    let ended = place.run(&[
        "token",
        "issue",
        "--email",
        "nobody@halden.example",
        "--name",
        "x",
    ]);
    assert!(
        ended.refusal().contains("there is no such person"),
        "{ended:?}"
    );
    let ended = place.run_with(
        &[
            "company",
            "add",
            "--name",
            "X",
            "--time-zone",
            "Mars/Base",
            "--admin",
            "a@x.example",
            "--password-stdin",
        ],
        PASSWORD,
    );
    assert!(
        ended.refusal().contains("time_zone: Write a time zone"),
        "{ended:?}"
    );
}

#[test]
fn a_password_comes_from_standard_input_only() {
    let place = Place::new();
    let add = [
        "company",
        "add",
        "--name",
        "X",
        "--time-zone",
        "UTC",
        "--admin",
        "a@x.example",
    ];
    let ended = place.run(&add);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("--password-stdin"), "{ended:?}");
    let ended = place.run(&[&add[..], &["--password-stdin"]].concat());
    assert!(
        ended
            .refusal()
            .contains("there is no password on standard input"),
        "{ended:?}"
    );
}

#[test]
fn a_chosen_file_that_is_missing_is_refused_and_migrate_makes_it() {
    let place = Place::new().with("ONECLICKROOMS_DATABASE_URL", "sqlite://rooms.db");
    for command in [
        &["serve"][..],
        &["worker"],
        &["token", "issue", "--email", "a@x.example", "--name", "x"],
    ] {
        let ended = place.run(command);
        let why = ended.refusal();
        assert!(why.contains("there is no database at rooms.db"), "{why}");
        assert!(why.contains("oneclickrooms migrate"), "{why}");
    }
    assert!(
        files(&place.folder).is_empty(),
        "{:?}",
        files(&place.folder)
    );
    place.run(&["migrate"]).good();
    place.run(&["migrate"]).good();
    let (server, _) = place.serve();
    server.interrupt();
}

#[test]
fn a_mistyped_folder_is_named() {
    let place = Place::new().with("ONECLICKROOMS_DATABASE_URL", "sqlite://nowhere/rooms.db");
    let ended = place.run(&["migrate"]);
    assert!(
        ended.refusal().contains("there is no folder nowhere"),
        "{ended:?}"
    );
}

#[test]
fn a_server_that_does_not_answer_is_named_without_its_password() {
    let url = "postgres://rooms:geheim@127.0.0.1:1/rooms";
    let place = Place::new().with("ONECLICKROOMS_DATABASE_URL", url);
    let ended = place.run(&["serve"]);
    let why = ended.refusal();
    assert!(
        why.contains("PostgreSQL at 127.0.0.1:1 cannot be used"),
        "{why}"
    );
    assert!(!why.contains("geheim"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_left_alone() {
    for database in databases().await {
        let place = over(&database);
        place.run(&["migrate"]).good();
        database
            .execute(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
            )
            .await;
        let ended = place.run(&["serve"]);
        assert!(
            ended
                .refusal()
                .contains("the database is newer than this program"),
            "{ended:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_master_key_is_refused() {
    for database in databases().await {
        let mut place = over(&database);
        place.run(&["migrate"]).good();
        place.set(
            "ONECLICKROOMS_MASTER_KEY",
            "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=",
        );
        let ended = place.run(&["serve"]);
        let why = ended.refusal();
        assert!(
            why.contains("the master key is not the one this database was sealed with"),
            "{why}"
        );
    }
}

#[test]
fn the_document_of_the_api_is_printed_without_any_configuration() {
    let ended = Place::bare().run(&["openapi"]);
    let document: serde_json::Value = serde_json::from_str(ended.good()).unwrap();
    assert!(document["paths"]["/api/v1/bookings"]["post"].is_object());
}

#[test]
fn the_simulator_runs_alone() {
    let place = Place::bare();
    let mut sim = place.start(&["zoom-sim", "--listen", "127.0.0.1:0"]);
    let line = sim.line_with("simulator is ready at");
    let address = crate::process::address_in(&line);
    assert!(address.starts_with("http://localhost:"), "{address}");
    assert!(get(&address, "/").starts_with("HTTP/1.1 200"));
    sim.interrupt();
}

#[test]
fn the_simulator_tells_a_story_from_a_file_or_says_what_is_wrong_with_it() {
    let place = Place::bare();
    let alone = ["zoom-sim", "--listen", "127.0.0.1:0", "--scenario"];
    let story = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../zoom-sim/scenarios/free-account.toml");
    let mut told = alone.map(str::to_owned).to_vec();
    told.push(story.display().to_string());
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let mut sim = place.start(&told);
    sim.line_with("A free Zoom account");
    let line = sim.line_with("simulator is ready at");
    let address = crate::process::address_in(&line);
    assert!(get(&address, "/console").contains("fred@free.example"));
    sim.interrupt();

    place.write("bad.toml", "[rules]\ngravity = true\n");
    let mut bad = alone.to_vec();
    bad.push("bad.toml");
    let ended = place.run(&bad);
    let why = ended.refusal();
    assert!(
        why.contains("bad.toml, line 2: there is no rule \"gravity\""),
        "{why}"
    );
}
