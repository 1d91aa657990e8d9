//! The server's beginning and end.

use std::net::{TcpListener, TcpStream};

use crate::commands::company;
use crate::process::{PASSWORD, Place, files, get};

#[test]
fn the_default_file_is_made_on_first_start_and_a_code_opens_the_set_up_page() {
    let place = Place::new();
    let (mut server, address) = place.serve();
    let line = server.line_with("There is no company yet");
    let code = line.split_whitespace().last().unwrap();
    assert!(line.contains(&format!("{address}/set-up")), "{line}");
    assert_eq!(code.len(), 14, "{line}");
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    server.interrupt();
    assert!(files(&place.folder).contains(&"oneclickrooms.db".to_owned()));

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
    let added = place.run_with(&[&add[..], &["--password-stdin"]].concat(), PASSWORD);
    added.good();
    let (server, _) = place.serve();
    server.signal("TERM");
    let (code, stderr) = server.end();
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!stderr.contains("There is no company yet"), "{stderr}");
}

#[test]
fn the_real_port_is_printed_and_the_public_address_beside_it() {
    let place = Place::new().with("ONECLICKROOMS_PUBLIC_URL", "https://rooms.example");
    let mut server = place.start(&["serve", "--listen", "127.0.0.1:0"]);
    let line = server.line_with("is ready at");
    let address = crate::process::address_in(&line);
    assert!(!address.ends_with(":0"), "{line}");
    assert!(line.contains("https://rooms.example"), "{line}");
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    server.interrupt();
}

#[test]
fn a_taken_port_is_named_and_nothing_is_made() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let place = Place::new().with("ONECLICKROOMS_LISTEN", at.clone());
    for command in ["serve", "demo"] {
        let ended = place.run(&[command]);
        let why = ended.refusal();
        assert!(
            why.contains(&format!("{at} is taken by another program")),
            "{why}"
        );
        assert!(why.contains("ONECLICKROOMS_LISTEN"), "{why}");
    }
    assert!(
        files(&place.folder).is_empty(),
        "{:?}",
        files(&place.folder)
    );
}

#[test]
fn connections_that_wait_do_not_hold_up_the_end() {
    let place = Place::new();
    let (server, address) = place.serve();
    let host = address.trim_start_matches("http://");
    let idle = TcpStream::connect(host).unwrap();
    server.signal("INT");
    let (code, stderr) = server.end();
    assert_eq!(code, Some(0), "{stderr}");
    drop(idle);
}

#[test]
fn a_worker_ends_cleanly_too() {
    let place = Place::new();
    place.run(&["migrate"]).good();
    let mut worker = place.start(&["worker"]);
    worker.line_with("works on jobs");
    worker.interrupt();
}

#[test]
fn logs_are_json_when_asked_for() {
    let place = Place::new().with("ONECLICKROOMS_LOG_FORMAT", "json");
    let (server, _) = place.serve();
    server.signal("INT");
    let (_, stderr) = server.end();
    let lines: Vec<serde_json::Value> = stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!lines.is_empty());
}

#[test]
fn a_refusal_is_logged_by_its_route_without_what_was_sent() {
    let place = Place::new().with("ONECLICKROOMS_LOG_FORMAT", "json");
    let (server, address) = place.serve();
    let answer = get(&address, "/api/v1/people?limit=canary");
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    server.signal("INT");
    let (_, stderr) = server.end();
    let refused = stderr.lines().find(|line| line.contains("was refused"));
    let line: serde_json::Value = serde_json::from_str(refused.unwrap()).unwrap();
    let fields = &line["fields"];
    assert_eq!(fields["status"], 401);
    assert_eq!(fields["method"], "GET");
    assert_eq!(fields["route"], "/api/v1/people");
    assert_eq!(fields["from"], "127.0.0.1");
    assert!(!stderr.contains("canary"), "{stderr}");
}

#[tokio::test]
async fn a_sign_in_is_logged_by_person_and_network_and_never_by_address() {
    let place = Place::new().with("ONECLICKROOMS_LOG_FORMAT", "json");
    place.run(&["migrate"]).good();
    company(&place, "ada@halden.example");
    let (server, address) = place.serve();
    let browser = rooms_testkit::Browser::new(address.parse().unwrap());
    let wrong = [("email", "ada@halden.example"), ("password", "a wrong one")];
    browser.post_form("/sign-in", "/sign-in", &wrong).await;
    browser.sign_in("ada@halden.example", PASSWORD).await;
    server.signal("INT");
    let (_, stderr) = server.end();
    let said = |words: &str| {
        let line = stderr.lines().find(|line| line.contains(words)).unwrap();
        serde_json::from_str::<serde_json::Value>(line).unwrap()["fields"].clone()
    };
    let (refused, done) = (said("a sign-in was refused"), said("somebody signed in"));
    assert!(
        done["person"].as_str().unwrap().starts_with("pe_"),
        "{done}"
    );
    assert_eq!(refused["person"], done["person"]);
    assert_eq!(refused["factor"], "password");
    assert_eq!(
        (&refused["from"], &done["from"]),
        (&"127.0.0.1".into(), &"127.0.0.1".into())
    );
    assert!(!stderr.contains("ada@"), "{stderr}");
}

#[test]
fn the_configuration_reaches_the_headers_of_every_answer() {
    let place = Place::new()
        .with("ONECLICKROOMS_PUBLIC_URL", "https://rooms.example")
        .with("ONECLICKROOMS_ZOOM_OAUTH_URL", "https://zoom.example/");
    let (server, address) = place.serve();
    let page = get(&address, "/set-up").to_lowercase();
    for header in [
        "strict-transport-security: max-age=63072000; includesubdomains",
        "form-action 'self' https://zoom.example https://*.zoom.us",
        "set-cookie: __host-visit=",
        "; secure",
    ] {
        assert!(page.contains(header), "{header} in {page}");
    }
    server.interrupt();
}
