//! The demo, as a newcomer meets it.

use std::os::unix::fs::PermissionsExt as _;

use crate::process::{Place, Running, address_in, files, get};

struct Started {
    demo: Running,
    lines: Vec<String>,
}

fn start(place: &Place, arguments: &[&str]) -> Started {
    let mut demo = place.start(&[&["demo"], arguments].concat());
    let lines = demo.lines_until("Ctrl-C");
    Started { demo, lines }
}

impl Started {
    fn server(&self) -> String {
        address_in(&self.lines[0])
    }

    fn zoom(&self) -> String {
        address_in(&self.lines[1])
    }

    fn people(&self) -> Vec<&String> {
        self.lines
            .iter()
            .filter(|line| line.contains('@'))
            .collect()
    }
}

fn place() -> Place {
    Place::bare().with("ONECLICKROOMS_LISTEN", "127.0.0.1:0")
}

#[test]
fn it_prints_everything_a_newcomer_needs() {
    let place = place();
    let started = start(&place, &[]);
    assert!(get(&started.server(), "/readyz").starts_with("HTTP/1.1 200"));
    assert!(started.zoom().starts_with("http://localhost:"));
    assert!(get(&started.zoom(), "/oauth/signin").contains("mara@halden.example"));
    let people = started.people();
    assert_eq!(people.len(), 4, "{people:?}");
    let words: Vec<&str> = people[0].split_whitespace().collect();
    assert_eq!(words[..2], ["mara@halden.example", "rooms-demo"]);
    assert!(people[0].contains("may connect Zoom, not connected"));
    assert_eq!(
        people
            .iter()
            .filter(|line| line.contains("may not connect"))
            .count(),
        1
    );
    assert_eq!(
        people.iter().filter(|line| line.contains("admin")).count(),
        1
    );
    let tries = started.lines.iter().filter(|line| {
        let line = line.trim_start();
        ["1.", "2.", "3."]
            .iter()
            .any(|number| line.starts_with(number))
    });
    assert_eq!(tries.count(), 3);
    let key = place.folder.join("oneclickrooms-demo/master.key");
    assert_eq!(
        std::fs::metadata(key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    started.demo.interrupt();
}

#[test]
fn a_second_start_keeps_the_data_and_the_simulator_s_address() {
    let place = place();
    let first = start(&place, &[]);
    let (zoom, people) = (
        first.zoom(),
        first.people().into_iter().cloned().collect::<Vec<_>>(),
    );
    first.demo.interrupt();
    let key = std::fs::read(place.folder.join("oneclickrooms-demo/master.key")).unwrap();
    let second = start(&place, &[]);
    assert_eq!(second.zoom(), zoom);
    assert_eq!(
        second.people().into_iter().cloned().collect::<Vec<_>>(),
        people
    );
    second.demo.signal("TERM");
    assert_eq!(second.demo.end().0, Some(0));
    let after = std::fs::read(place.folder.join("oneclickrooms-demo/master.key")).unwrap();
    assert_eq!(after, key);

    let third = start(&place, &["--reset"]);
    let fresh = std::fs::read(place.folder.join("oneclickrooms-demo/master.key")).unwrap();
    assert_ne!(fresh, key);
    third.demo.interrupt();
}

#[test]
fn the_simulator_moves_when_its_port_is_taken() {
    let place = place();
    let first = start(&place, &[]);
    let zoom = first.zoom();
    first.demo.interrupt();
    let port = zoom.rsplit(':').next().unwrap().to_owned();
    let taken = std::net::TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let second = start(&place, &[]);
    assert_ne!(second.zoom(), zoom);
    assert!(
        second
            .lines
            .iter()
            .any(|line| line.contains(&format!("has port {port} now")))
    );
    second.demo.interrupt();
    drop(taken);
}

#[test]
fn a_demo_that_runs_is_not_disturbed() {
    let place = place();
    let started = start(&place, &[]);
    for arguments in [&["demo"][..], &["demo", "--reset"]] {
        let ended = place.run(arguments);
        assert!(
            ended
                .refusal()
                .contains("a demo runs in oneclickrooms-demo already"),
            "{ended:?}"
        );
    }
    assert!(get(&started.server(), "/readyz").starts_with("HTTP/1.1 200"));
    started.demo.interrupt();
}

#[test]
fn a_folder_that_is_not_the_demo_s_is_left_alone() {
    let place = place();
    let folder = place.folder.join("oneclickrooms-demo");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    for arguments in [&["demo"][..], &["demo", "--reset"]] {
        let ended = place.run(arguments);
        assert!(ended.refusal().contains("is not the demo's"), "{ended:?}");
    }
    assert_eq!(files(&folder), ["thesis.txt"]);
}

#[test]
fn what_was_put_into_the_folder_survives_a_reset() {
    let place = place();
    start(&place, &[]).demo.interrupt();
    let folder = place.folder.join("oneclickrooms-demo");
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    start(&place, &["--reset"]).demo.interrupt();
    assert_eq!(
        std::fs::read_to_string(folder.join("notes.txt")).unwrap(),
        "mine"
    );
}
