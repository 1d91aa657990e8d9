//! Stop and start: everything is still there.

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::Value;
use zoom_sim::{Options, StartError, start};

use crate::support::{MARA, draft, stage, stage_with};

fn folder() -> std::path::PathBuf {
    let name = format!(
        "zoom-sim-test-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    );
    std::env::temp_dir().join(name)
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let folder = folder();
    let file = folder.join("deep").join("zoom.json");
    let first = stage_with(Some(file.clone())).await;
    let pair = first.connect(MARA).await;
    let cookie = first.sign_in(MARA).await;
    let made: Value = first
        .create(&pair.access, &draft())
        .await
        .json()
        .await
        .unwrap();
    first.handle.set_blocks_apps("HaldenMainAccount00001", true);
    first.sim.stop().await;

    let second = stage_with(Some(file.clone())).await;
    let path = format!("/v2/meetings/{}", made["id"]);
    let answer = second
        .call(Method::GET, &path, &pair.access)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["topic"], "Budget");
    let page = second
        .get("/user/installed", &cookie)
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("Rooms under test"));
    assert!(
        second
            .get("/console", "")
            .await
            .text()
            .await
            .unwrap()
            .contains("has not approved")
    );
    second
        .handle
        .set_blocks_apps("HaldenMainAccount00001", false);
    let other: Value = second
        .create(&pair.access, &draft())
        .await
        .json()
        .await
        .unwrap();
    assert_ne!(other["id"], made["id"], "ids go on where they stopped");
    assert_eq!(second.refresh(&pair.refresh).await.status(), 200);
    second.sim.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_not_overwritten() {
    let folder = folder();
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("zoom.json");
    std::fs::write(&file, "{not json").unwrap();
    let mut options = Options::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    options.data_file = Some(file.clone());
    let Err(error) = start(options).await else {
        panic!("started")
    };
    assert!(matches!(error, StartError::DataFile { .. }));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{not json");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_taken_port_gets_a_clear_message() {
    let first = stage().await;
    let port = first.sim.url().port().unwrap();
    let options = Options::new(SocketAddr::from(([127, 0, 0, 1], port)));
    let Err(error) = start(options).await else {
        panic!("started")
    };
    assert!(matches!(error, StartError::AddressInUse(_)));
    assert!(error.to_string().contains("already in use"));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids() {
    let (one, two) = (stage().await, stage().await);
    let mut ids = Vec::new();
    for stage in [&one, &two] {
        let token = stage.connect(MARA).await.access;
        let made: Value = stage.create(&token, &draft()).await.json().await.unwrap();
        ids.push(made["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
}
