//! The only SQL of the project: facts and the points ledger, on SQLite and PostgreSQL.
