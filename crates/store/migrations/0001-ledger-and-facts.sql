-- Facts, schemes and the points ledger. Amounts are in a scheme's smallest unit, days are numbers
-- such as 20260715 (99991231 for "until further notice"), moments are milliseconds of UTC.

-- Whoever can hold points, with the id others know them by. Everything else names them by id.
CREATE TABLE holders (
    id BLOB NOT NULL PRIMARY KEY,
    code TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX holders_code ON holders (code);
CREATE VIEW holder_codes AS SELECT code, id FROM holders;

CREATE TABLE residents (
    id BLOB NOT NULL PRIMARY KEY,
    birth_day BIGINT,
    sex TEXT
) WITHOUT ROWID;

-- Where a resident lives, who the guardian is, which groups they belong to, from when until when.
CREATE TABLE standings (
    resident BLOB NOT NULL,
    kind BIGINT NOT NULL,
    value TEXT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    PRIMARY KEY (resident, kind, value, first_day, last_day)
) WITHOUT ROWID;
CREATE INDEX standings_value ON standings (kind, value);
CREATE VIEW standing_values AS SELECT kind, value, resident FROM standings;

CREATE TABLE records (
    resident BLOB NOT NULL,
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    day BIGINT NOT NULL,
    org TEXT NOT NULL,
    worker TEXT NOT NULL,
    void BIGINT NOT NULL,
    attributes TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (resident, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX records_code ON records (code);
CREATE VIEW record_codes AS
    SELECT code, resident, id, version, kind, day, org, worker, void, attributes FROM records;
CREATE INDEX records_worker ON records (worker) WHERE worker <> '';
CREATE VIEW record_workers AS SELECT worker, resident FROM records WHERE worker <> '';

CREATE TABLE metrics (
    community TEXT NOT NULL,
    year BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (community, year, name)
) WITHOUT ROWID;

-- Of a record, with an empty period; or of a resident's period.
CREATE TABLE confirmations (
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    award TEXT NOT NULL,
    day BIGINT NOT NULL,
    officer TEXT NOT NULL,
    accept BIGINT NOT NULL,
    PRIMARY KEY (subject, period, award, day, officer, accept)
) WITHOUT ROWID;

CREATE TABLE sanctions (
    holder TEXT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    PRIMARY KEY (holder, first_day, last_day)
) WITHOUT ROWID;

-- What facts were before they were corrected.
CREATE TABLE superseded (
    fact TEXT NOT NULL,
    subject TEXT NOT NULL,
    replaced_at BIGINT NOT NULL,
    id BLOB NOT NULL,
    content TEXT NOT NULL,
    reason BLOB,
    PRIMARY KEY (fact, subject, replaced_at, id)
);

CREATE TABLE reasons (
    id BLOB NOT NULL PRIMARY KEY,
    content TEXT NOT NULL,
    given_at BIGINT NOT NULL
);

-- Residents whose facts changed and whose points are not posted yet.
CREATE TABLE unposted (
    resident BLOB NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE schemes (
    id TEXT NOT NULL PRIMARY KEY,
    adjustments BIGINT NOT NULL,
    closed_through BIGINT
);

CREATE TABLE scheme_versions (
    scheme TEXT NOT NULL,
    first_day BIGINT NOT NULL,
    document TEXT NOT NULL,
    hash BLOB NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (scheme, first_day)
) WITHOUT ROWID;

-- The state of every account: it follows from the entries, and whoever verifies compares.
CREATE TABLE accounts (
    id BLOB NOT NULL PRIMARY KEY,
    holder BLOB NOT NULL,
    scheme TEXT NOT NULL,
    pool BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash BLOB NOT NULL,
    recorded_at BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    latest_day BIGINT,
    total BIGINT NOT NULL,
    redeemable BIGINT NOT NULL,
    held BIGINT NOT NULL,
    shortfall BIGINT NOT NULL,
    lots BLOB NOT NULL
) WITHOUT ROWID;
--postgres ALTER TABLE accounts ALTER COLUMN lots SET STORAGE EXTERNAL;
CREATE INDEX accounts_holder ON accounts (holder);
CREATE VIEW account_owners AS SELECT id, holder, scheme FROM accounts;

CREATE TABLE entries (
    account BLOB NOT NULL,
    seq BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    day BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    total BIGINT NOT NULL,
    redeemable BIGINT NOT NULL,
    held BIGINT NOT NULL,
    refers BIGINT,
    expires_on BIGINT,
    due_at BIGINT,
    parts BLOB NOT NULL,
    award TEXT,
    resident BLOB,
    record BLOB,
    period TEXT,
    version BIGINT,
    officer BLOB,
    second BLOB,
    reason BLOB,
    cause BLOB,
    article TEXT,
    command BLOB,
    input BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (account, seq)
) WITHOUT ROWID;
--postgres ALTER TABLE entries ALTER COLUMN parts SET STORAGE EXTERNAL;
-- The key first: keys are ordered by time, so that new ones come to lie side by side.
CREATE UNIQUE INDEX entries_command ON entries (command, account) WHERE command IS NOT NULL;
CREATE INDEX entries_resident ON entries (resident) WHERE resident IS NOT NULL;
CREATE INDEX entries_due_at ON entries (due_at) WHERE due_at IS NOT NULL;

-- The entry that a command with this key made.
CREATE VIEW commands AS SELECT account, command, seq, input FROM entries;

-- Credits of a resident, whoever holds them, and what took them back.
CREATE VIEW credits AS
    SELECT resident, account, seq, kind, day, redeemable, refers, expires_on, award, record, period,
        version
    FROM entries;

-- The same by account.
CREATE VIEW account_credits AS
    SELECT account, resident, seq, kind, day, redeemable, refers, expires_on, award, record, period,
        version
    FROM entries;

-- Commands that were refused, so that they get the same answer when they come again.
CREATE TABLE refusals (
    account BLOB NOT NULL,
    command BLOB NOT NULL,
    input BLOB NOT NULL,
    answer TEXT NOT NULL,
    refused_at BIGINT NOT NULL,
    PRIMARY KEY (account, command)
) WITHOUT ROWID;

CREATE TABLE checkpoints (
    number BIGINT NOT NULL PRIMARY KEY,
    made_at BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    line TEXT NOT NULL
);

-- One row: how many checkpoints were made.
CREATE TABLE ledger (
    id BIGINT NOT NULL PRIMARY KEY,
    epoch BIGINT NOT NULL
);
INSERT INTO ledger (id, epoch) VALUES (1, 0);

-- How far each job has come.
CREATE TABLE jobs (
    name TEXT NOT NULL PRIMARY KEY,
    done_through BIGINT NOT NULL,
    ran_at BIGINT NOT NULL
);
