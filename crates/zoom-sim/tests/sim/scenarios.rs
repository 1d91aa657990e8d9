//! Scenarios: the files of this folder, and what a story does when it is told.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use zoom_sim::{Options, Scenario, start};

use crate::support::{MARA, draft, stage_telling};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn written(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("zoom-sim-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn each_file_in_the_folder_can_be_told() {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let scenario = Scenario::read(&path).unwrap_or_else(|wrong| panic!("{wrong}"));
        assert!(!scenario.about().is_empty(), "{}", path.display());
        let mut options = Options::new(SocketAddr::from(([127, 0, 0, 1], 0)));
        options.scenario = Some(scenario);
        start(options).await.unwrap().stop().await;
        names.push(path);
    }
    assert!(names.len() >= 5, "{names:?}");
}

#[tokio::test]
async fn a_story_sets_the_scene_and_goes_on_by_the_clock() {
    let path = written(
        "story.toml",
        r#"
about = "A free account, whose host deletes what was booked."

[rules]
limits_per_second = true
trash_days = 3

[[account]]
id = "SmallAccount"
plan = "free"
locked = { waiting_room = true }

[[user]]
email = "sam@small.example"
account = "SmallAccount"
licensed = false
time_zone = "Europe/Lisbon"

[[user]]
email = "gone@small.example"
account = "SmallAccount"
standing = "deactivated"

[[fault]]
on = "list"
what = "3161-no-hosting"
times = 1
user = "sam@small.example"

[[event]]
do = "delete-meeting"
after = 60
meeting = "latest"

[[event]]
do = "set-rule"
after = "120"
name = "trash_days"
value = 1
"#,
    );
    let stage = stage_telling(Scenario::read(&path).unwrap()).await;
    assert_eq!(stage.handle.rules().trash_days, 3);
    let token = stage.connect("sam@small.example").await.access;
    let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
    assert_eq!(made["settings"]["waiting_room"], true);
    let form = [("email", "gone@small.example"), ("password", "zoom-demo")];
    assert_eq!(stage.post("/oauth/signin", "", &form).await.status(), 422);
    let list = async || {
        let call = stage.call(reqwest::Method::GET, "/v2/users/me/meetings", &token);
        call.send().await.unwrap().status().as_u16()
    };
    assert_eq!(list().await, 400, "the fault");
    assert_eq!(list().await, 429, "the second medium call of this second");
    stage.clock.pass(59);
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(stage.handle.meetings()[0].deleted_at, None);
    stage.clock.pass(1);
    stage.handle.deliver_due_webhooks().await;
    assert!(stage.handle.meetings()[0].deleted_at.is_some());
    assert_eq!(stage.handle.rules().trash_days, 3);
    stage.clock.pass(60);
    stage.handle.deliver_due_webhooks().await;
    assert_eq!(stage.handle.rules().trash_days, 1);
    let mara = stage.connect(MARA).await;
    let made = stage.create(&mara.access, &json!({})).await;
    assert_eq!(made.status(), 201, "the ordinary people are there too");
}

#[test]
fn a_bad_file_is_refused_with_its_name_and_the_line() {
    let path = written(
        "bad.toml",
        "about = \"x\"\n\n[rules]\nwebhooks = \"pigeon\"\n",
    );
    let words = Scenario::read(&path).unwrap_err().to_string();
    assert!(
        words.contains("bad.toml, line 4: webhooks is one of"),
        "{words}"
    );
    let missing = Path::new("/nowhere/at-all.toml");
    let words = Scenario::read(missing).unwrap_err().to_string();
    assert!(words.contains("cannot read the scenario"), "{words}");
}
