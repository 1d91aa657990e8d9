//! Two companies that hold one of everything, and copies of them to be dirtied.

use jiff::SignedDuration;
use rooms_app::zoom::reconcile;
use rooms_testkit::{Settings, TestApp, TestDatabase};
use zoom_sim::SimUser;

use crate::canaries::Canaries;
use crate::company::Half;
use crate::ids::Ids;
use crate::roles::{Credentials, Role};
use crate::rows;

/// The word in every text of the first company.
pub(crate) const ALFA: &str = "kanarialfa";
/// The word in every text of the other.
pub(crate) const BETA: &str = "kanaribeta";

/// One of the two companies.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(crate) ids: Ids,
    pub(crate) canaries: Canaries,
    pub(crate) owner: Credentials,
    pub(crate) admin: Credentials,
    pub(crate) others: Vec<(Role, Credentials)>,
}

/// The two companies in a database that nobody has open.
pub(crate) struct Stage {
    database: TestDatabase,
    pub(crate) alfa: Side,
    pub(crate) beta: Side,
    /// Every row of every company.
    pub(crate) rows: rows::Rows,
}

/// A running program over a copy of the stage.
pub(crate) struct World {
    pub(crate) app: TestApp,
}

impl Stage {
    /// Fills a database of this kind.
    pub(crate) async fn build(database: TestDatabase) -> Self {
        let app = TestApp::with(Settings {
            database: Some(database),
            zoom_users: [ALFA, BETA].into_iter().flat_map(zoom_users).collect(),
            // A busy machine may take its time; a meeting that is late is missing on the stage.
            zoom_timeout: std::time::Duration::from_secs(20),
            mail: Some(std::time::Duration::from_secs(2)),
            ..Settings::default()
        })
        .await;
        let mut halves = [Half::found(&app, ALFA).await, Half::found(&app, BETA).await];
        app.run_jobs().await;
        for half in &halves {
            half.hold_a_meeting(&app).await;
        }
        app.lose_webhooks();
        for half in &halves {
            half.lose_a_meeting_in_zoom(&app).await;
        }
        app.pass(SignedDuration::from_mins(1));
        for half in &halves {
            reconcile::start(&app.app, &half.admin).await.unwrap();
        }
        app.run_jobs().await;
        for half in &mut halves {
            half.come_to_an_end(&app).await;
        }
        let [alfa, beta] = halves;
        let (alfa, beta) = (alfa.side(&app).await, beta.side(&app).await);
        let database = app.into_database().await;
        let rows = rows::Rows::read(&database).await;
        Self {
            database,
            alfa,
            beta,
            rows,
        }
    }

    /// The program over a fresh copy.
    pub(crate) async fn world(&self, seed: u64) -> World {
        let app = TestApp::with(Settings {
            database: Some(self.database.copy().await),
            seed: 1 + seed,
            ..Settings::default()
        })
        .await;
        // It was a while until the stage stood.
        app.pass(SignedDuration::from_mins(2));
        World { app }
    }

    /// What a role shows.
    pub(crate) fn credentials(&self, role: Role) -> Credentials {
        match role {
            Role::Anonymous => Credentials::default(),
            Role::Owner => self.alfa.owner.clone(),
            Role::Admin => self.alfa.admin.clone(),
            Role::OtherAdmin => self.beta.admin.clone(),
            role => {
                let known = self.alfa.others.iter().find(|(known, _)| *known == role);
                known.map(|(_, credentials)| credentials.clone()).unwrap()
            }
        }
    }
}

fn zoom_users(word: &str) -> [SimUser; 2] {
    ["one", "two"].map(|which| SimUser {
        email: format!("{which}@{word}.example"),
        password: "zoom-demo".to_owned(),
        display_name: format!("Zoe {word}"),
        account_id: format!("{word}Account{which}01"),
        user_id: format!("{word}User{which}000001"),
        licensed: true,
        time_zone: "Europe/Berlin".to_owned(),
        admin_blocks_app: false,
    })
}
