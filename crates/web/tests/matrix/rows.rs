//! Every row that belongs to a company, to see that nothing of it changed.

use std::collections::{BTreeMap, BTreeSet};

use rooms_testkit::TestDatabase;

/// What changes when somebody only looks.
const SEEN: [&str; 4] = [
    "session.seen_at",
    "session.expires_at",
    "api_token.seen_at",
    "person.seen_at",
];

/// The rows of all companies, each as a text.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    statement: String,
    rows: BTreeSet<String>,
}

impl Rows {
    pub(crate) async fn read(database: &TestDatabase) -> Self {
        let tables = tables(database).await;
        let one = |(table, columns): (&String, &Vec<String>)| {
            let company = if table == "company" {
                "id"
            } else {
                "company_id"
            };
            let columns = columns
                .iter()
                .filter(|column| !SEEN.contains(&format!("{table}.{column}").as_str()))
                .map(|column| text(database, column));
            let all: Vec<_> = columns.collect();
            format!(
                "SELECT {} || ' {table} ' || {} FROM {table}",
                hex(database, company),
                all.join(" || '|' || ")
            )
        };
        let statement: Vec<_> = tables.iter().map(one).collect();
        Self {
            statement: statement.join(" UNION ALL "),
            rows: BTreeSet::new(),
        }
        .again(database)
        .await
    }

    /// The same of another database.
    pub(crate) async fn again(&self, database: &TestDatabase) -> Self {
        Self {
            statement: self.statement.clone(),
            rows: database.texts(&self.statement).await.into_iter().collect(),
        }
    }

    /// What is otherwise there, of one company.
    pub(crate) fn differences(&self, there: &Self, company: &str) -> Vec<String> {
        let company = company.trim_start_matches("co_");
        self.rows
            .symmetric_difference(&there.rows)
            .filter(|row| row.starts_with(company))
            .cloned()
            .collect()
    }

    /// How many rows a company has in each table.
    pub(crate) fn counts(&self, company: &str) -> BTreeMap<&str, usize> {
        let company = company.trim_start_matches("co_");
        let mut counts = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.starts_with(company)) {
            *counts.entry(row.split(' ').nth(1).unwrap()).or_default() += 1;
        }
        counts
    }
}

fn hex(database: &TestDatabase, column: &str) -> String {
    if database.is_postgres() {
        format!("REPLACE(LTRIM({column}::text, '\\x'), '-', '')")
    } else {
        format!("LOWER(HEX({column}))")
    }
}

fn text(database: &TestDatabase, column: &str) -> String {
    if database.is_postgres() {
        format!("COALESCE({column}::text, 'NULL')")
    } else {
        format!("QUOTE({column})")
    }
}

/// The tables whose rows belong to a company, with their columns.
pub(crate) async fn tables(database: &TestDatabase) -> BTreeMap<String, Vec<String>> {
    let statement = if database.is_postgres() {
        "SELECT table_name::text || ' ' || column_name::text FROM information_schema.columns \
         WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    } else {
        "SELECT m.name || ' ' || c.name FROM sqlite_master m, pragma_table_info(m.name) c \
         WHERE m.type = 'table' ORDER BY m.name, c.cid"
    };
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in database.texts(statement).await {
        let (table, column) = line.split_once(' ').unwrap();
        let columns = tables.entry(table.to_owned()).or_default();
        columns.push(column.to_owned());
    }
    tables.retain(|table, columns| {
        table == "company" || columns.iter().any(|column| column == "company_id")
    });
    tables
}
