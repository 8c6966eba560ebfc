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
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "ledger and facts",
        text: include_str!("../migrations/0001-ledger-and-facts.sql"),
    },
    Migration {
        number: 2,
        name: "people and rights",
        text: include_str!("../migrations/0002-people-and-rights.sql"),
    },
    Migration {
        number: 3,
        name: "entries in order",
        text: include_str!("../migrations/0003-entries-in-order.sql"),
    },
    Migration {
        number: 4,
        name: "opinions",
        text: include_str!("../migrations/0004-opinions.sql"),
    },
    Migration {
        number: 5,
        name: "redemption",
        text: include_str!("../migrations/0005-redemption.sql"),
    },
    Migration {
        number: 6,
        name: "vouchers",
        text: include_str!("../migrations/0006-vouchers.sql"),
    },
    Migration {
        number: 7,
        name: "settlement",
        text: include_str!("../migrations/0007-settlement.sql"),
    },
    Migration { number: 8, name: "tasks", text: include_str!("../migrations/0008-tasks.sql") },
    Migration {
        number: 9,
        name: "sanctions",
        text: include_str!("../migrations/0009-sanctions.sql"),
    },
    Migration { number: 10, name: "drafts", text: include_str!("../migrations/0010-drafts.sql") },
    Migration {
        number: 11,
        name: "divisions",
        text: include_str!("../migrations/0011-divisions.sql"),
    },
    Migration { number: 12, name: "village", text: include_str!("../migrations/0012-village.sql") },
];

macro_rules! tables {
    ($($(#[$doc:meta])* $constant:ident = $name:literal, $key:literal: [$($column:expr),* $(,)?];)*) => {
        $($(#[$doc])*
        pub(crate) const $constant: Table =
            Table { name: $name, key: $key, columns: &[$($column),*], ends: None };)*
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
    /// Who of the staff recorded or corrected what.
    RECORD_AUTHORS = "record_authors", 2: [bytes("record"), bytes("author")];
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
    /// A view of the entries; the table itself is found by account on PostgreSQL only.
    ACCOUNT_ENTRIES = "account_entries", 2: [
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
    /// A view of the entries by account.
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
    PEOPLE = "people", 1: [
        bytes("id"), int("master"), bytes("wrapped_key"), bytes("name"), bytes("document"),
        bytes("phone"), int("changed_at"),
    ];
    PERSON_KEYS = "person_keys", 3: [int("kind"), bytes("blind"), bytes("person")];
    /// A view of the person keys.
    PERSON_KEYS_OF = "person_keys_of", 1: [bytes("person"), int("kind"), bytes("blind")];
    CONSENTS = "consents", 3: [
        bytes("person"), text("purpose"), int("given_at"), int("withdrawn_at"),
    ];
    CORRECTIONS = "corrections", 1: [
        bytes("id"), bytes("person"), bytes("asked_by"), text("field"), bytes("content"),
        int("asked_at"), bytes("decided_by"), int("decided_at"), int("accepted"), bytes("answer"),
    ];
    OPINIONS = "opinions", 1: [
        bytes("id"), bytes("person"), bytes("written_by"), text("community"), bytes("record"),
        text("award"), bytes("content"), int("written_at"), bytes("answered_by"),
        int("answered_at"), bytes("answer"), bytes("sanction"),
    ];
    SANCTION_CASES = "sanction_cases", 1: [
        bytes("id"), bytes("holder"), int("first_day"), int("last_day"), text("article"),
        text("referred_to"), int("decided_at"), bytes("lifted_by"), int("lifted_at"),
    ];
    INSTITUTIONS = "institutions", 1: [
        text("code"), text("name"), text("level"), text("area"), text("address"), text("phone"),
        text("hours"), int("changed_at"), int("closed_at"),
    ];
    DIVISIONS = "divisions", 2: [
        text("code"), int("first_day"), int("last_day"), text("name"), text("successor"),
        int("changed_at"),
    ];
    CATALOGUES = "catalogues", 1: [
        bytes("id"), text("scheme"), text("provider"), text("level"), text("area"),
        int("first_day"), int("last_day"), text("content"), bytes("proposed_by"),
        int("proposed_at"), bytes("reviewed_by"), int("reviewed_on"), text("reviewed_as"),
        bytes("filed_by"), int("filed_on"), text("filed_as"), bytes("returned_by"),
        int("returned_on"), text("returned_as"),
    ];
    ITEM_COUNTS = "item_counts", 2: [bytes("catalogue"), text("item"), int("taken")];
    SHELVES = "shelves", 2: [
        text("institution"), text("good"), int("reserved"), text("batches"),
    ];
    BATCHES = "batches", 1: [
        bytes("id"), text("institution"), text("good"), text("supplier"), text("lot"),
        text("certificate"), int("expires_on"), int("pieces"), int("piece_fen"), text("source"),
        bytes("received_by"), int("received_at"),
    ];
    STOCK_ENTRIES = "stock_entries", 2: [
        text("institution"), bytes("id"), text("good"), bytes("batch"), text("kind"),
        int("pieces"), int("entered_at"), bytes("entered_by"), bytes("for_order"), text("reason"),
    ];
    ORDERS = "orders", 2: [
        bytes("account"), bytes("id"), bytes("person"), text("scheme"), bytes("catalogue"),
        text("provider"), text("item"), text("name"), text("institution"), int("sets"),
        text("lines"), int("points"), int("hold"), text("code"), text("state"), int("placed_at"),
        bytes("placed_by"), int("due_at"), int("handed_over_at"), bytes("handed_over_by"),
        bytes("proxy"), int("capture"), text("taken"), int("ended_at"), bytes("ended_by"),
        text("reason"), int("stars"), int("rated_at"),
    ];
    /// A view of the orders.
    ORDER_IDS = "order_ids", 1: [bytes("id"), bytes("account")];
    COSTS = "costs", 2: [
        text("institution"), bytes("id"), int("day"), text("source"), text("used_for"),
        int("fen"), text("note"), bytes("entered_by"), int("entered_at"),
    ];
    VOUCHERS = "vouchers", 1: [
        text("serial"), text("scheme"), text("state"), int("printed_at"), bytes("printed_by"),
        text("institution"), int("stocked_at"), bytes("stocked_by"), bytes("account"),
        bytes("person"), int("lot"), int("hold"), int("points"), text("award"), bytes("record"),
        int("expires_on"), int("issued_on"), int("issued_at"), bytes("issued_by"),
        text("authority"), bytes("proxy"), int("spent_at"), bytes("spent_by"),
        text("spent_place"), bytes("spent_for"), int("capture"), text("void"), int("ended_at"),
        bytes("ended_by"), text("reason"), int("stub_at"), bytes("stub_by"), int("stub_points"),
    ];
    AGREEMENTS = "agreements", 1: [
        bytes("id"), text("shop"), text("scheme"), int("first_day"), int("last_day"),
        text("area"), int("points_per_yuan"), int("share"), int("day_limit"), int("month_limit"),
        text("bears"), bytes("proposed_by"), int("proposed_at"), bytes("published_by"),
        int("published_on"), text("published_as"), bytes("ended_by"), int("ended_on"),
        text("ended_as"),
    ];
    DEDUCTIONS = "deductions", 2: [
        text("shop"), text("receipt"), bytes("id"), text("scheme"), bytes("agreement"),
        bytes("person"), bytes("account"), int("day"), int("bill_fen"), int("off_fen"),
        int("points"), int("electronic"), int("capture"), text("vouchers"), text("state"),
        int("made_at"), bytes("made_by"), int("cancelled_at"), bytes("cancelled_by"),
        text("reason"),
    ];
    /// A view of the deductions.
    DEDUCTION_IDS = "deduction_ids", 1: [bytes("id"), text("shop"), text("receipt")];
    CASES = "cases", 1: [
        bytes("id"), text("kind"), text("scheme"), text("serial"), text("place"),
        text("first_place"), int("first_at"), text("note"), int("opened_at"), bytes("opened_by"),
        text("party"), text("party_name"), int("loss_fen"), text("decision"), text("consequence"),
        int("decided_at"), bytes("decided_by"),
        bytes("deduction"),
    ];
    STATEMENTS = "statements", 1: [
        bytes("id"), text("shop"), text("scheme"), text("period"), text("state"),
        int("line_count"), int("bill_fen"), int("off_fen"), int("points"), bytes("drawn_by"),
        int("drawn_at"), bytes("answered_by"), int("answered_at"), bytes("reviewed_by"),
        int("reviewed_at"), bytes("settled_by"), int("settled_on"), text("settled_as"),
    ];
    STATEMENT_LINES = "statement_lines", 2: [
        bytes("statement"), int("number"), int("day"), bytes("deduction"), text("receipt"),
        int("bill_fen"), int("off_fen"), int("points"), bytes("of_statement"), text("of_period"),
        int("of_line"), int("of_objection"),
    ];
    OBJECTIONS = "objections", 2: [
        bytes("statement"), int("number"), int("line"), text("said"), int("upheld"),
        int("off_fen"), int("points"), text("answer"), bytes("judged_by"), int("judged_at"),
    ];
    TASKS = "tasks", 1: [
        bytes("id"), text("kind"), text("action"), text("title"), text("input"), bytes("asked_by"),
        int("asked_at"), text("state"), bytes("runner"), int("seen_at"), int("begun_at"),
        int("begun_done"), int("done"), int("refused"), int("total"), text("place"),
        text("message"), int("ended_at"),
    ];
    TASK_FILES = "task_files", 3: [bytes("task"), text("name"), int("part"), bytes("bytes")];
    SCHEME_DRAFTS = "scheme_drafts", 1: [
        bytes("id"), text("scheme"), text("area"), text("document"), int("started_from"),
        bytes("started_by"), int("started_at"), bytes("changed_by"), int("changed_at"),
        int("revision"), text("state"), bytes("proposal"),
    ];
    SCHEME_NOTES = "scheme_notes", 1: [
        bytes("id"), text("scheme"), text("award"), text("title"), text("content"),
        bytes("written_by"), int("written_at"), bytes("withdrawn_by"), int("withdrawn_at"),
    ];
    REPORTS = "reports", 1: [
        text("code"), bytes("officer"), text("community"), int("received_day"),
        int("received_at"), int("agreed"),
    ];
    TARGETS = "targets", 3: [
        int("year"), text("name"), text("area"), int("number"), bytes("entered_by"),
        int("entered_at"),
    ];
    REGISTER_ENTRIES = "register_entries", 1: [
        bytes("id"), text("register"), text("area"), int("day"), text("content"),
        text("channel"), int("reached"), text("owner"), int("due"), bytes("entered_by"),
        int("entered_at"), text("answer"), bytes("answered_by"), int("answered_at"),
    ];
    USERS = "users", 1: [
        bytes("id"), text("name"), text("worker"), text("password"), int("password_at"),
        bytes("totp"), int("totp_step"), text("subject"), int("disabled_at"),
    ];
    /// A view of the users.
    USER_NAMES = "user_names", 1: [text("name"), bytes("id")];
    GRANTS = "grants", 4: [
        bytes("holder"), text("role"), text("area"), text("institution"), bytes("granted_by"),
        int("granted_at"),
    ];
    IDENTITIES = "identities", 1: [bytes("subject"), bytes("resident"), int("linked_at")];
    CLIENTS = "clients", 1: [
        bytes("id"), text("name"), bytes("secret"), text("scopes"), text("area"),
        text("institution"), int("calls_per_minute"), int("disabled_at"),
    ];
    SESSIONS = "sessions", 1: [
        bytes("token"), text("kind"), bytes("principal"), text("scopes"), int("strength"),
        int("started_at"), int("used_at"), int("ends_at"),
    ];
    TICKETS = "tickets", 1: [
        bytes("hash"), text("purpose"), bytes("principal"), text("content"), int("ends_at"),
    ];
    FAILURES = "failures", 1: [bytes("hash"), int("count"), int("last_at")];
    CALLS = "calls", 2: [
        bytes("caller"), text("key"), bytes("input"), text("answer"), int("answered_at"),
    ];
    PROPOSALS = "proposals", 1: [
        bytes("id"), text("action"), text("area"), text("content"), bytes("proposed_by"),
        int("proposed_at"), bytes("decided_by"), int("decided_at"), int("accepted"),
        text("decision"),
    ];
    AUDIT = "audit", 1: [
        int("number"), int("at"), text("actor_kind"), bytes("actor"), text("action"),
        text("subject_kind"), bytes("subject"), text("origin"), bytes("trace"), text("result"),
        bytes("hash"),
    ];
    AUDIT_END = "audit_end", 1: [int("id"), int("number"), bytes("hash")];
}

/// What is appended to accounts.
pub(crate) const ENTRIES: Table =
    Table { name: "entries", ends: Some("entry_ends"), ..ACCOUNT_ENTRIES };

/// Every table that holds data, in the order in which a copy is made. Sessions, tickets and failed
/// attempts are not copied: what let somebody in yesterday does not after a restore.
pub(crate) const ALL: [Table; 55] = [
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
    PEOPLE,
    PERSON_KEYS,
    CONSENTS,
    CORRECTIONS,
    OPINIONS,
    SANCTION_CASES,
    INSTITUTIONS,
    DIVISIONS,
    CATALOGUES,
    ITEM_COUNTS,
    SHELVES,
    BATCHES,
    STOCK_ENTRIES,
    ORDERS,
    COSTS,
    VOUCHERS,
    AGREEMENTS,
    DEDUCTIONS,
    CASES,
    STATEMENTS,
    STATEMENT_LINES,
    OBJECTIONS,
    TASKS,
    TASK_FILES,
    SCHEME_DRAFTS,
    SCHEME_NOTES,
    REPORTS,
    TARGETS,
    REGISTER_ENTRIES,
    USERS,
    GRANTS,
    IDENTITIES,
    CLIENTS,
    PROPOSALS,
    AUDIT,
    AUDIT_END,
    RECORD_AUTHORS,
];
