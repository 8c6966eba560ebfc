//! The tables as the statements need them. What their columns mean stands in `migrations/`.

use crate::{
    migrations::Migration,
    sql::{Column, Table},
};

const fn int(name: &'static str) -> Column {
    Column::int(name)
}

const fn text(name: &'static str) -> Column {
    Column::text(name)
}

const fn bytes(name: &'static str) -> Column {
    Column::bytes(name)
}

/// Every step from an empty database to the tables below.
pub(crate) const MIGRATIONS: &[Migration] = &[Migration {
    number: 1,
    name: "ledger and facts",
    text: include_str!("../migrations/0001-ledger-and-facts.sql"),
}];

macro_rules! tables {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $key:literal: [$($column:expr),* $(,)?];)*) => {
        $($(#[$doc])*
        pub(crate) const $constant: Table =
            Table { name: $name, key: $key, columns: &[$($column),*] };)*
    };
}

tables! {
    HOLDERS = "holders", 1: [bytes("id"), text("code")];
    /// A view of the holders.
    HOLDER_CODES = "holder_codes", 1: [text("code"), bytes("id")];
    RESIDENTS = "residents", 1: [bytes("id"), int("birth_day"), text("sex")];
    STANDINGS = "standings", 5: [
        bytes("resident"), int("kind"), text("value"), int("first_day"), int("last_day"),
    ];
    RECORDS = "records", 2: [
        bytes("resident"), bytes("id"), text("code"), int("version"), text("kind"), int("day"),
        text("org"), text("worker"), int("void"), text("attributes"), int("recorded_at"),
    ];
    /// A view of the records.
    RECORD_CODES = "record_codes", 1: [
        text("code"), bytes("resident"), bytes("id"), int("version"), text("kind"), int("day"),
        text("org"), text("worker"), int("void"), text("attributes"),
    ];
    /// A view of the standings.
    STANDING_VALUES = "standing_values", 2: [int("kind"), text("value"), bytes("resident")];
    /// A view of the records.
    RECORD_WORKERS = "record_workers", 1: [text("worker"), bytes("resident")];
    METRICS = "metrics", 3: [text("community"), int("year"), text("name"), text("value")];
    CONFIRMATIONS = "confirmations", 6: [
        text("subject"), text("period"), text("award"), int("day"), text("officer"), int("accept"),
    ];
    SANCTIONS = "sanctions", 3: [text("holder"), int("first_day"), int("last_day")];
    SUPERSEDED = "superseded", 4: [
        text("fact"), text("subject"), int("replaced_at"), bytes("id"), text("content"),
        bytes("reason"),
    ];
    REASONS = "reasons", 1: [bytes("id"), text("content"), int("given_at")];
    UNPOSTED = "unposted", 1: [bytes("resident"), int("since")];
    SCHEMES = "schemes", 1: [text("id"), int("adjustments"), int("closed_through")];
    SCHEME_VERSIONS = "scheme_versions", 2: [
        text("scheme"), int("first_day"), text("document"), bytes("hash"), int("published_at"),
    ];
    ACCOUNTS = "accounts", 1: [
        bytes("id"), bytes("holder"), text("scheme"), int("pool"), int("seq"), bytes("hash"),
        int("recorded_at"), int("epoch"), int("latest_day"), int("total"), int("redeemable"),
        int("held"), int("shortfall"), bytes("lots"),
    ];
    /// A view of the accounts.
    ACCOUNT_OWNERS = "account_owners", 1: [bytes("id"), bytes("holder"), text("scheme")];
    ENTRIES = "entries", 2: [
        bytes("account"), int("seq"), int("epoch"), int("kind"), int("day"), int("recorded_at"),
        int("total"), int("redeemable"), int("held"), int("refers"), int("expires_on"),
        int("due_at"), bytes("parts"), text("award"), bytes("resident"), bytes("record"),
        text("period"), int("version"), bytes("officer"), bytes("second"), bytes("reason"),
        bytes("cause"), text("article"), bytes("command"), bytes("input"), bytes("hash"),
    ];
    /// A view of the entries.
    COMMANDS = "commands", 2: [bytes("account"), bytes("command"), int("seq"), bytes("input")];
    /// A view of the entries.
    CREDITS = "credits", 1: [
        bytes("resident"), bytes("account"), int("seq"), int("kind"), int("day"),
        int("redeemable"), int("refers"), int("expires_on"), text("award"), bytes("record"),
        text("period"), int("version"),
    ];
    /// A view of the entries.
    ACCOUNT_CREDITS = "account_credits", 1: [
        bytes("account"), bytes("resident"), int("seq"), int("kind"), int("day"),
        int("redeemable"), int("refers"), int("expires_on"), text("award"), bytes("record"),
        text("period"), int("version"),
    ];
    REFUSALS = "refusals", 2: [
        bytes("account"), bytes("command"), bytes("input"), text("answer"), int("refused_at"),
    ];
    CHECKPOINTS = "checkpoints", 1: [int("number"), int("made_at"), int("accounts"), text("line")];
    LEDGER = "ledger", 1: [int("id"), int("epoch")];
    JOBS = "jobs", 1: [text("name"), int("done_through"), int("ran_at")];
}

/// Every table that holds data, in the order in which a copy is made.
pub(crate) const ALL: [Table; 18] = [
    HOLDERS,
    RESIDENTS,
    STANDINGS,
    RECORDS,
    METRICS,
    CONFIRMATIONS,
    SANCTIONS,
    SUPERSEDED,
    REASONS,
    UNPOSTED,
    SCHEMES,
    SCHEME_VERSIONS,
    ACCOUNTS,
    ENTRIES,
    REFUSALS,
    CHECKPOINTS,
    LEDGER,
    JOBS,
];
