//! How a test wants the program.

use std::time::Duration;

use url::Url;

use rooms_web::DomainFile;

use crate::database::TestDatabase;

/// How a test wants the program.
#[derive(Debug)]
pub struct Settings {
    /// On this database; a new `SQLite` file where none is given.
    pub database: Option<TestDatabase>,
    /// With the machine's clock in place of one that stands still.
    pub real_time: bool,
    /// With limits on how often one may ask.
    pub rate_limits: bool,
    /// With a Zoom app configured.
    pub zoom: bool,
    /// Whether what is deleted after a removal in Zoom is confirmed to it.
    pub confirms_deletion: bool,
    /// How long Zoom may take to answer.
    pub zoom_timeout: Duration,
    /// The code that opens the set-up page.
    pub set_up_code: Option<String>,
    /// The file by which Zoom knows the domain.
    pub domain_file: Option<DomainFile>,
    /// Behind a proxy that people reach at this address; directly where none is given.
    pub public_url: Option<Url>,
    /// With a mail server, and how long its answer is waited for.
    pub mail: Option<Duration>,
    /// Zoom users beside the ordinary ones of the simulator.
    pub zoom_users: Vec<zoom_sim::SimUser>,
    /// Which sequence ids and tokens are from: another one for each program on copies of one
    /// database, for two with the same would make the same ids.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: None,
            real_time: false,
            rate_limits: false,
            zoom: true,
            confirms_deletion: false,
            zoom_timeout: Duration::from_secs(2),
            set_up_code: None,
            domain_file: None,
            public_url: None,
            mail: None,
            zoom_users: Vec::new(),
            seed: 0,
        }
    }
}
