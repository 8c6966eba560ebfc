-- People's names and numbers, who may do what, who did what. Moments are milliseconds of UTC.

-- What tells who somebody is: a resident or a member of staff. Everything is sealed with a key of
-- the person, and that key with the master key of the version; without it the rest says nothing.
CREATE TABLE people (
    id BLOB NOT NULL PRIMARY KEY,
    master BIGINT NOT NULL,
    wrapped_key BLOB NOT NULL,
    name BLOB,
    document BLOB,
    phone BLOB,
    changed_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Keyed hashes by which somebody is found who knows the whole name or number.
CREATE TABLE person_keys (
    kind BIGINT NOT NULL,
    blind BLOB NOT NULL,
    person BLOB NOT NULL,
    PRIMARY KEY (kind, blind, person)
) WITHOUT ROWID;
CREATE INDEX person_keys_person ON person_keys (person);
-- Two people never have one document (kind 1).
CREATE UNIQUE INDEX person_keys_document ON person_keys (blind) WHERE kind = 1;
CREATE VIEW person_keys_of AS SELECT person, kind, blind FROM person_keys;

-- Who of the staff recorded or corrected a record: somebody else confirms it.
CREATE TABLE record_authors (
    record BLOB NOT NULL,
    author BLOB NOT NULL,
    PRIMARY KEY (record, author)
) WITHOUT ROWID;
CREATE INDEX records_id ON records (id);
CREATE INDEX records_day ON records (day, id);

CREATE TABLE consents (
    person BLOB NOT NULL,
    purpose TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (person, purpose, given_at)
) WITHOUT ROWID;

-- What residents say is wrong with what is held about them, and what they were answered; both
-- texts are sealed with the key of the person.
CREATE TABLE corrections (
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    asked_by BLOB NOT NULL,
    field TEXT NOT NULL,
    content BLOB NOT NULL,
    asked_at BIGINT NOT NULL,
    decided_by BLOB,
    decided_at BIGINT,
    accepted BIGINT,
    answer BLOB
) WITHOUT ROWID;
CREATE INDEX corrections_person ON corrections (person);
CREATE INDEX corrections_open ON corrections (asked_at) WHERE decided_at IS NULL;

-- Staff. An empty password admits nobody. `totp` is sealed with the key of the person.
CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    worker TEXT NOT NULL,
    password TEXT NOT NULL,
    password_at BIGINT NOT NULL,
    totp BLOB,
    totp_step BIGINT NOT NULL,
    subject TEXT NOT NULL,
    disabled_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX users_name ON users (name);
CREATE UNIQUE INDEX users_subject ON users (subject) WHERE subject <> '';
CREATE VIEW user_names AS SELECT name, id FROM users;

CREATE TABLE grants (
    holder BLOB NOT NULL,
    role TEXT NOT NULL,
    area TEXT NOT NULL,
    institution TEXT NOT NULL,
    granted_by BLOB NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (holder, role, area, institution)
) WITHOUT ROWID;

-- By what identity providers know residents: a hash of issuer and subject.
CREATE TABLE identities (
    subject BLOB NOT NULL PRIMARY KEY,
    resident BLOB NOT NULL,
    linked_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX identities_resident ON identities (resident);

-- Connected systems. `scopes` are actions with spaces between.
CREATE TABLE clients (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    secret BLOB NOT NULL,
    scopes TEXT NOT NULL,
    area TEXT NOT NULL,
    institution TEXT NOT NULL,
    calls_per_minute BIGINT NOT NULL,
    disabled_at BIGINT
) WITHOUT ROWID;

-- Sessions and access tokens by the hash of what the holder shows.
CREATE TABLE sessions (
    token BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    principal BLOB NOT NULL,
    scopes TEXT NOT NULL,
    strength BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_principal ON sessions (principal);

-- Codes and links that are good once, by the hash of the code.
CREATE TABLE tickets (
    hash BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    principal BLOB NOT NULL,
    content TEXT NOT NULL,
    ends_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tickets_principal ON tickets (principal);

-- Attempts to sign in that failed, by the hash of what was tried.
CREATE TABLE failures (
    hash BLOB NOT NULL PRIMARY KEY,
    count BIGINT NOT NULL,
    last_at BIGINT NOT NULL
) WITHOUT ROWID;

-- First answers to calls with an idempotency key.
CREATE TABLE calls (
    caller BLOB NOT NULL,
    key TEXT NOT NULL,
    input BLOB NOT NULL,
    answer TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
) WITHOUT ROWID;
CREATE INDEX calls_answered_at ON calls (answered_at);

-- What one person proposed and another one decides.
CREATE TABLE proposals (
    id BLOB NOT NULL PRIMARY KEY,
    action TEXT NOT NULL,
    area TEXT NOT NULL,
    content TEXT NOT NULL,
    proposed_by BLOB NOT NULL,
    proposed_at BIGINT NOT NULL,
    decided_by BLOB,
    decided_at BIGINT,
    accepted BIGINT,
    decision TEXT
) WITHOUT ROWID;
CREATE INDEX proposals_open ON proposals (proposed_at) WHERE decided_at IS NULL;

-- Which server does what only one may do, until when.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder BLOB NOT NULL,
    ends_at BIGINT NOT NULL
);

-- Who did what, when, from where, on whom, with what result; each line hashed with the one before.
CREATE TABLE audit (
    number BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor BLOB,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject BLOB,
    origin TEXT NOT NULL,
    trace BLOB NOT NULL,
    result TEXT NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_actor ON audit (actor, number);
CREATE INDEX audit_subject ON audit (subject, number);

-- The end of the audit log: one row once something was logged.
CREATE TABLE audit_end (
    id BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    hash BLOB NOT NULL
);
