//! What nobody of another company may ever see: a word in every text, and every id.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rooms_testkit::{Answer, TestDatabase};

use crate::ids::Ids;
use crate::rows;

/// The canaries of one company.
#[derive(Debug, Clone, Default)]
pub(crate) struct Canaries(BTreeSet<String>);

impl Canaries {
    /// The company's word, and the ids of all that belongs to it.
    pub(crate) async fn of(database: &TestDatabase, word: &str, ids: &Ids) -> Self {
        let mut all = Self::default();
        all.add(Some(word.to_owned()));
        let company = ids.company.trim_start_matches("co_");
        all.add(Some(company.to_owned()));
        for (table, columns) in rows::tables(database).await {
            if !columns.iter().any(|column| column == "id") || table == "company" {
                continue;
            }
            let statement = if database.is_postgres() {
                format!(
                    "SELECT REPLACE(LTRIM(id::text, '\\x'), '-', '') FROM {table} \
                     WHERE REPLACE(LTRIM(company_id::text, '\\x'), '-', '') = '{company}'"
                )
            } else {
                format!("SELECT LOWER(HEX(id)) FROM {table} WHERE company_id = x'{company}'")
            };
            all.0.extend(database.texts(&statement).await);
        }
        all
    }

    pub(crate) fn add(&mut self, canary: Option<String>) {
        let canary = canary.map(|canary| canary.to_lowercase());
        self.0.extend(canary.filter(|canary| !canary.is_empty()));
    }

    /// Those that are somewhere in a text, however it writes capitals, and not in what was asked:
    /// an answer may repeat what it was sent.
    pub(crate) fn found_in(&self, text: &str, asked: &str) -> Vec<&str> {
        let (text, asked) = (text.to_lowercase(), asked.to_lowercase());
        // An id may be written with hyphens.
        let plain = text.replace('-', "");
        let found = self.0.iter().map(String::as_str);
        found
            .filter(|canary| text.contains(canary) || plain.contains(canary))
            .filter(|canary| !asked.contains(canary))
            .collect()
    }
}

/// Every byte of an answer: status, headers, body; and what a cookie says in Base64, in clear.
pub(crate) fn whole(answer: &Answer) -> String {
    let mut all = format!("{}\n", answer.status);
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let said = value.split(['=', ';']).nth(1).unwrap_or_default();
        let said = URL_SAFE_NO_PAD.decode(said).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        all.push_str(&format!("{name}: {value} {said}\n"));
    }
    all.push_str(&String::from_utf8_lossy(&answer.body));
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::asking::send;
    use crate::roles::Role;
    use crate::stage::{ALFA, BETA, Stage};
    use crate::table::table;

    /// Columns of words of ours: states, kinds, zones, and what only the product reads.
    const OURS: [&str; 53] = [
        "audit.action",
        "audit.actor_kind",
        "audit.details",
        "audit.subject_kind",
        "audit.topic",
        "booking.conference",
        "booking.local_end",
        "booking.local_start",
        "booking.state",
        "booking.time_zone",
        "company.connect_policy",
        "company.meeting_promise",
        "company.zoom_stand_in",
        "connection.api_url",
        "connection.client_id",
        "connection.disconnected_by",
        "connection.hosts_for",
        "connection.provider",
        "connection.scopes",
        "connection.status",
        "data_request.state",
        "event.actor_kind",
        "event.kind",
        "job.kind",
        "job.state",
        "leaving.links",
        "meeting.drift_zone",
        "meeting.kept",
        "meeting.promised",
        "meeting.provider",
        "meeting.state",
        "meeting.told_zone",
        "meeting_attempt.outcome",
        "meeting_session.zoom_uuid",
        "notice.kind",
        "permission_request.state",
        "person.meeting_promise",
        "person.password_hash",
        "person.role",
        "person.state",
        "reconciliation_finding.differs",
        "reconciliation_finding.kind",
        "reconciliation_finding.state",
        "reconciliation_host.state",
        "retention.kind",
        "retention_run.kind",
        "room.bookable_hours",
        "room.state",
        "site.state",
        "site.time_zone",
        "oauth_attempt.client_id",
        "zoom_app.checks",
        "zoom_app.state",
    ];

    #[tokio::test]
    async fn every_table_holds_rows_of_both_companies() {
        let stage = Stage::build(TestDatabase::sqlite()).await;
        let world = stage.world(0).await;
        let tables = rows::tables(world.app.database()).await;
        for side in [&stage.alfa, &stage.beta] {
            let counts = stage.rows.counts(&side.ids.company);
            let empty: Vec<_> = tables
                .keys()
                .filter(|table| !counts.contains_key(table.as_str()))
                .collect();
            assert!(empty.is_empty(), "the stage has nothing in {empty:?}");
        }
    }

    #[tokio::test]
    async fn every_text_of_a_company_holds_its_word() {
        let stage = Stage::build(TestDatabase::sqlite()).await;
        let world = stage.world(0).await;
        let database = world.app.database();
        let mut silent = BTreeMap::new();
        for (table, columns) in rows::tables(database).await {
            for column in columns {
                let name = format!("{table}.{column}");
                let of = |test: &str| format!("SELECT COUNT(*) FROM {table} WHERE {test}");
                let texts = of(&format!("TYPEOF({column}) = 'text'"));
                if OURS.contains(&name.as_str()) || database.integers(&texts).await == [0] {
                    continue;
                }
                for word in [ALFA, BETA] {
                    let with = of(&format!("LOWER({column}) LIKE '%{word}%'"));
                    if database.integers(&with).await == [0] {
                        let values = format!("SELECT {column} FROM {table} LIMIT 3");
                        let values = database.texts(&values).await;
                        silent.insert(name.clone(), values);
                    }
                }
            }
        }
        assert!(silent.is_empty(), "texts without a canary: {silent:#?}");
    }

    #[tokio::test]
    async fn the_finder_finds_what_the_other_company_itself_is_shown() {
        let stage = Stage::build(TestDatabase::sqlite()).await;
        let world = stage.world(0).await;
        let shown = stage.credentials(Role::OtherAdmin);
        let (mut pages, mut without) = (0, Vec::new());
        for row in table(&stage.beta.ids, &stage.beta.ids) {
            if row.writes() || row.streams() {
                continue;
            }
            let answer = send(&world, &row, Role::OtherAdmin, &shown).await;
            if answer.status.as_u16() != 200 {
                continue;
            }
            let asked = row.sent();
            assert!(
                stage
                    .alfa
                    .canaries
                    .found_in(&whole(&answer), &asked)
                    .is_empty()
            );
            pages += 1;
            if stage
                .beta
                .canaries
                .found_in(&whole(&answer), &asked)
                .is_empty()
            {
                without.push(row.route);
            }
        }
        assert!(pages > 40, "{pages} pages");
        // What has nothing of anybody in it.
        assert_eq!(without, NOBODYS);
    }

    const NOBODYS: [&str; 5] = [
        "GET /healthz",
        "GET /readyz",
        "GET /static/{name}",
        "GET /api/v1/openapi.json",
        // One's own connections, and the admin has none.
        "GET /api/v1/connections",
    ];

    #[test]
    fn the_finder_reads_capitals_hyphens_headers_and_cookies_and_forgives_an_echo() {
        let mut canaries = Canaries::default();
        canaries.add(Some("0193a5c2d3e4".to_owned()));
        canaries.add(Some(BETA.to_owned()));
        let finds = |text: &str| canaries.found_in(text, "").len();
        assert_eq!(finds("bk_0193A5C2D3E4"), 1);
        assert_eq!(finds("0193a5c2-d3e4"), 1);
        assert_eq!(finds("KANARIBETA gmbh"), 1);
        assert_eq!(finds("kanarialfa 0193a5c2d3e5"), 0);
        assert!(
            canaries
                .found_in("<a href=/x?q=kanaribeta>", "/x?q=kanaribeta")
                .is_empty()
        );
        let said = URL_SAFE_NO_PAD.encode("kanaribeta is gone");
        let mut answer = Answer {
            status: axum::http::StatusCode::OK,
            headers: axum::http::HeaderMap::new(),
            url: url::Url::parse("http://localhost/").unwrap(),
            body: Vec::new(),
        };
        assert_eq!(finds(&whole(&answer)), 0);
        let cookie = format!("said={said}; Path=/");
        answer.headers.insert("set-cookie", cookie.parse().unwrap());
        assert_eq!(finds(&whole(&answer)), 1);
    }
}
