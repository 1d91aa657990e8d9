//! One text on both databases: the only place that branches on which one it is.

/// Names statements and lists them for the test that prepares them all.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        /// Every statement of this module, by name.
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

/// Declares a row and reads it by the names of its columns. In place of the derive of sqlx, whose
/// macros build both databases a second time, for the compiler itself.
macro_rules! row {
    ($vis:vis struct $name:ident { $($field:ident: $type:ty,)* }) => {
        $vis struct $name {
            $($field: $type,)*
        }
        row!(@read sqlx::sqlite::SqliteRow => $name { $($field),* });
        row!(@read sqlx::postgres::PgRow => $name { $($field),* });
    };
    (@read $row:ty => $name:ident { $($field:ident),* }) => {
        impl<'r> sqlx::FromRow<'r, $row> for $name {
            fn from_row(row: &'r $row) -> sqlx::Result<Self> {
                Ok(Self {
                    $($field: sqlx::Row::try_get(row, stringify!($field))?,)*
                })
            }
        }
    };
}

/// Runs an expression with the connection of whichever database it is.
macro_rules! on {
    ($tx:expr, $c:ident => $body:expr) => {
        match $tx.conn() {
            $crate::tx::Conn::Sqlite(c) => {
                let $c = &mut **c;
                $body
            }
            $crate::tx::Conn::Postgres(c) => {
                let $c = &mut **c;
                $body
            }
            $crate::tx::Conn::PostgresRead(c) => {
                let $c = &mut **c;
                $body
            }
        }
    };
}

/// Executes a statement and gives the number of rows it touched.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        {
            let done = on!($tx, c => sqlx::query($sql)$(.bind($arg))*.execute(c).await
                .map(|done| done.rows_affected()));
            $tx.noted(done)
        }
    };
}

/// Fetches every row.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        {
            let rows = on!($tx, c => {
                sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(c).await
            });
            $tx.noted(rows)
        }
    };
}

/// Fetches the row if there is one.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        {
            let rows = on!($tx, c => {
                sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_optional(c).await
            });
            $tx.noted(rows)
        }
    };
}
