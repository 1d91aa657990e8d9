//! Configuration: what wins, what is refused, what is never shown.

use crate::process::{MASTER_KEY, Place, files};

#[test]
fn later_layers_win_and_the_source_is_shown() {
    let place = Place::new().with("ONECLICKROOMS_SUPPORT_EMAIL", "from@env.example");
    let file = place.write(
        "rooms.toml",
        "support_email = 'from@file.example'\nmail_from = 'sender@file.example'\nrate_limits = false\n",
    );
    let report = place.run(&["config", "check", "--config", &file]);
    let report = report.good();
    let line = |key: &str| {
        report
            .lines()
            .find(|line| line.split_whitespace().next() == Some(key))
            .unwrap_or_else(|| panic!("{key} in {report}"))
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        line("support_email")[1..],
        ["from@env.example", "environment"]
    );
    assert_eq!(line("mail_from")[1], "sender@file.example");
    assert_eq!(line("mail_from")[2], file);
    assert_eq!(line("rate_limits")[1], "off");
    assert_eq!(
        line("zoom_oauth_url")[1..],
        ["https://zoom.us", "built", "in"]
    );
    let flags = place.run(&["config", "check", "--database-url", "postgres://db/rooms"]);
    assert!(flags.good().contains("postgres://db/rooms"), "{flags:?}");
    assert!(flags.good().contains("--database-url"), "{flags:?}");
}

#[test]
fn the_file_may_be_named_by_a_variable() {
    let mut place = Place::new();
    let file = place.write("rooms.toml", "support_email = 'from@file.example'");
    place.set("ONECLICKROOMS_CONFIG", file);
    let report = place.run(&["config", "check"]);
    assert!(report.good().contains("from@file.example"), "{report:?}");
}

#[test]
fn secrets_are_never_shown() {
    let secrets = [
        "s3cret-of-zoom",
        "s3cret-of-hooks",
        "s3cret-of-mail",
        "s3cret-of-db",
    ];
    let place = Place::new()
        .with("ONECLICKROOMS_ZOOM_CLIENT_ID", "client")
        .with("ONECLICKROOMS_ZOOM_CLIENT_SECRET", secrets[0])
        .with("ONECLICKROOMS_ZOOM_WEBHOOK_SECRET", secrets[1])
        .with(
            "ONECLICKROOMS_SMTP_URL",
            format!("smtps://u:{}@mail.example:465", secrets[2]),
        )
        .with(
            "ONECLICKROOMS_DATABASE_URL",
            format!("postgres://u:{}@127.0.0.1:1/x", secrets[3]),
        )
        .with("ONECLICKROOMS_LOG", "trace");
    let check = place.run(&["config", "check"]);
    assert!(check.good().contains("smtps://u:********@mail.example:465"));
    assert!(check.good().contains("postgres://u:********@127.0.0.1:1/x"));
    let serve = place.run(&["serve"]);
    assert_eq!(serve.code, Some(1), "{serve:?}");
    for ended in [check, serve] {
        for secret in secrets.iter().chain(&[MASTER_KEY]) {
            assert!(!ended.stdout.contains(secret), "{secret}: {ended:?}");
            assert!(!ended.stderr.contains(secret), "{secret}: {ended:?}");
        }
    }
}

#[test]
fn secrets_come_from_files_too() {
    let mut place = Place::bare();
    let file = place.write("key", &format!("{MASTER_KEY}\n"));
    place.set("ONECLICKROOMS_MASTER_KEY_FILE", file.clone());
    assert!(place.run(&["config", "check"]).good().contains(&file));
    place.run(&["migrate"]).good();

    place.set("ONECLICKROOMS_MASTER_KEY", MASTER_KEY);
    let both = place.run(&["migrate"]);
    assert!(both.refusal().contains("keep one of the two"), "{both:?}");

    let missing = Place::bare().with("ONECLICKROOMS_MASTER_KEY_FILE", "/nowhere/key");
    let missing = missing.run(&["migrate"]);
    assert!(
        missing.refusal().contains("/nowhere/key cannot be read"),
        "{missing:?}"
    );
}

#[test]
fn unknown_keys_of_the_file_are_refused_with_the_name_that_was_meant() {
    let place = Place::new();
    let file = place.write(
        "rooms.toml",
        "databse_url = 'sqlite://x.db'\ncolour = 'red'\n",
    );
    let ended = place.run(&["serve", "--config", &file]);
    let why = ended.refusal();
    assert!(
        why.contains("databse_url: there is no such setting; is database_url meant?"),
        "{why}"
    );
    assert!(why.contains("colour: there is no such setting"), "{why}");
    let broken = place.write("broken.toml", "listen = \n");
    let ended = place.run(&["serve", "--config", &broken]);
    assert!(ended.refusal().contains("line 1 is no TOML"), "{ended:?}");
    let ended = place.run(&["serve", "--config", "nowhere.toml"]);
    assert!(
        ended
            .refusal()
            .contains("nowhere.toml: the configuration file cannot be read")
    );
}

#[test]
fn a_mistyped_variable_is_refused() {
    let place = Place::new().with("ONECLICKROOMS_PUBLIC_ULR", "https://rooms.example");
    let ended = place.run(&["serve"]);
    assert!(
        ended
            .refusal()
            .contains("is ONECLICKROOMS_PUBLIC_URL meant?"),
        "{ended:?}"
    );
}

#[test]
fn every_wrong_value_is_named_at_once_with_what_to_write() {
    let place = Place::bare()
        .with("ONECLICKROOMS_MASTER_KEY", "too short")
        .with("ONECLICKROOMS_LISTEN", "everywhere")
        .with("ONECLICKROOMS_DATABASE_URL", "mysql://db")
        .with("ONECLICKROOMS_SUPPORT_EMAIL", "nobody")
        .with("ONECLICKROOMS_RATE_LIMITS", "maybe")
        .with("ONECLICKROOMS_ZOOM_CLIENT_ID", "id")
        .with("ONECLICKROOMS_ZOOM_API_URL", "http://zoom.example")
        .with("ONECLICKROOMS_SMTP_URL", "mail.example")
        .with("ONECLICKROOMS_WEBHOOK_MAX_AGE_MINUTES", "0");
    for command in [&["serve"][..], &["config", "check"]] {
        let ended = place.run(command);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let why = &ended.stderr;
        for said in [
            "MASTER_KEY: has to be 32 random bytes in base64; make one with `head -c 32 /dev/urandom | base64`",
            "LISTEN: \"everywhere\" is no address and port; write it like 127.0.0.1:8080",
            "DATABASE_URL: has to be sqlite://PATH or postgres://",
            "SUPPORT_EMAIL: \"nobody\" has to be an e-mail address",
            "RATE_LIMITS: \"maybe\" has to be on or off",
            "ZOOM_CLIENT_SECRET: has to be set beside the client id",
            "ZOOM_API_URL: \"http://zoom.example\" has to be an https:// address",
            "SMTP_URL: has to be smtps://",
            "WEBHOOK_MAX_AGE_MINUTES: \"0\" has to be a number of minutes",
        ] {
            assert!(why.contains(said), "{said} in {why}");
        }
    }
}

#[test]
fn http_is_for_addresses_of_this_machine_only() {
    let check = |url: &str| {
        let place = Place::new().with("ONECLICKROOMS_PUBLIC_URL", url);
        place.run(&["config", "check"])
    };
    for good in [
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://[::1]:80",
        "https://rooms.example",
    ] {
        check(good).good();
    }
    for bad in [
        "http://rooms.example",
        "http://10.0.0.1",
        "https://rooms.example/path",
        "rooms.example",
        "ftp://x",
    ] {
        let ended = check(bad);
        assert_eq!(ended.code, Some(1), "{bad}");
        assert!(
            ended.stderr.contains("ONECLICKROOMS_PUBLIC_URL"),
            "{bad}: {ended:?}"
        );
        let place = Place::new().with("ONECLICKROOMS_PUBLIC_URL", bad);
        let why = place.run(&["serve"]).refusal().to_owned();
        assert!(why.contains("ONECLICKROOMS_PUBLIC_URL: "), "{bad}: {why}");
        assert!(why.contains("https://"), "{bad}: {why}");
        assert_eq!(why.lines().count(), 1, "{why}");
        assert!(files(&place.folder).is_empty(), "nothing was begun");
    }
    let beyond = Place::new().with("ONECLICKROOMS_LISTEN", "10.0.0.1:8080");
    let ended = beyond.run(&["config", "check"]);
    assert!(
        ended
            .stderr
            .contains("ONECLICKROOMS_PUBLIC_URL: has to be set"),
        "{ended:?}"
    );
}

#[test]
fn the_password_for_mail_does_not_travel_readably() {
    let check = |url: &str| {
        let place = Place::new().with("ONECLICKROOMS_SMTP_URL", url);
        place.run(&["config", "check"])
    };
    for good in [
        "smtps://rooms:geheim@mail.example:465",
        "smtp://rooms:geheim@mail.example:587?tls=required",
        "smtp://rooms:geheim@127.0.0.1:25",
        "smtp://mail.example:25",
    ] {
        let ended = check(good);
        assert!(!ended.good().contains("geheim"), "{ended:?}");
    }
    let ended = check("smtp://rooms:geheim@mail.example:587");
    assert_eq!(ended.code, Some(1));
    assert!(
        ended
            .stderr
            .contains("ONECLICKROOMS_SMTP_URL: would send the password readably"),
        "{ended:?}"
    );
    assert!(!ended.stderr.contains("geheim"), "{ended:?}");
}

#[test]
fn without_a_master_key_nothing_that_needs_one_starts() {
    for command in [&["serve"][..], &["worker"], &["migrate"]] {
        let ended = Place::bare().run(command);
        let why = ended.refusal();
        assert!(
            why.contains("ONECLICKROOMS_MASTER_KEY: is not set"),
            "{why}"
        );
        assert!(why.contains("head -c 32 /dev/urandom | base64"), "{why}");
        assert_eq!(why.lines().count(), 1, "{why}");
    }
    let check = Place::bare().run(&["config", "check"]);
    assert_eq!(check.code, Some(1));
    assert!(
        check
            .stderr
            .contains("ONECLICKROOMS_MASTER_KEY: is not set")
    );
}
