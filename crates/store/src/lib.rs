//! The only SQL: transactions, jobs, inbox, idempotency and sealed columns on SQLite and PostgreSQL.
