-- Entries in the order in which they came, on SQLite: by accounts, almost every entry would change
-- a page of its own. Each names the one before it of its account, and the account's last one is
-- noted. An index by account would be such pages again. On PostgreSQL, where the key has to begin
-- with the account, they stay as they are.

--sqlite begin
DROP VIEW commands;
DROP VIEW credits;
DROP VIEW account_credits;

CREATE TABLE entries_in_order (
    -- Counts up over all accounts; not hashed.
    place INTEGER PRIMARY KEY,
    -- The place of the account's entry before.
    previous BIGINT,
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
    hash BLOB NOT NULL
);
INSERT INTO entries_in_order
    SELECT ROW_NUMBER() OVER by_account,
        CASE WHEN LAG(account) OVER by_account = account
            THEN ROW_NUMBER() OVER by_account - 1 END,
        account, seq, epoch, kind, day, recorded_at, total, redeemable, held, refers, expires_on,
        due_at, parts, award, resident, record, period, version, officer, second, reason, cause,
        article, command, input, hash
    FROM entries WINDOW by_account AS (ORDER BY account, seq);
DROP TABLE entries;
ALTER TABLE entries_in_order RENAME TO entries;
CREATE UNIQUE INDEX entries_command ON entries (command, account) WHERE command IS NOT NULL;
CREATE INDEX entries_resident ON entries (resident) WHERE resident IS NOT NULL;
CREATE INDEX entries_due_at ON entries (due_at) WHERE due_at IS NOT NULL;

-- The place of every account's last entry.
CREATE TABLE entry_ends (
    account BLOB NOT NULL PRIMARY KEY,
    place BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO entry_ends SELECT account, MAX(place) FROM entries GROUP BY account;

CREATE VIEW commands AS SELECT account, command, seq, input FROM entries;
CREATE VIEW credits AS
    SELECT resident, account, seq, kind, day, redeemable, refers, expires_on, award, record, period,
        version
    FROM entries;

-- Entries by account, found from the last one back. Places only fall, so that it always ends.
CREATE VIEW account_entries AS
    SELECT entry_ends.account, seq, epoch, kind, day, recorded_at, total, redeemable, held, refers,
        expires_on, due_at, parts, award, resident, record, period, version, officer, second,
        reason, cause, article, command, input, hash
    FROM entry_ends CROSS JOIN entries
    WHERE +entries.account = entry_ends.account AND entries.place IN (
        WITH RECURSIVE chain (place) AS (
            SELECT entry_ends.place
            UNION ALL
            SELECT previous FROM chain JOIN entries ON entries.place = chain.place
            WHERE previous < chain.place
        )
        SELECT place FROM chain
    );
CREATE VIEW account_credits AS
    SELECT account, resident, seq, kind, day, redeemable, refers, expires_on, award, record, period,
        version
    FROM account_entries;

-- Entries that the view above would leave out or go astray at.
CREATE VIEW loose_entries AS
    SELECT entries.account, entries.seq
    FROM entries LEFT JOIN entries AS earlier ON earlier.place = entries.previous
    WHERE CASE WHEN entries.seq = 1 THEN entries.previous IS NOT NULL
        ELSE (earlier.account, earlier.seq) IS NOT (entries.account, entries.seq - 1)
            OR entries.previous >= entries.place END
    UNION ALL
    SELECT accounts.id, accounts.seq
    FROM accounts LEFT JOIN entry_ends ON entry_ends.account = accounts.id
        LEFT JOIN entries ON entries.place = entry_ends.place
    WHERE accounts.seq <> 0
        AND (entries.account, entries.seq) IS NOT (accounts.id, accounts.seq);
--sqlite end
--postgres CREATE VIEW account_entries AS SELECT * FROM entries;
--postgres CREATE VIEW loose_entries AS SELECT account, seq FROM entries WHERE FALSE;
