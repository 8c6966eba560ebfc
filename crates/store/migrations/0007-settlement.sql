-- Settlement with partner shops (P14). Moments are milliseconds of UTC, days are numbers such as
-- 20260715.

-- The statement of a shop under a scheme for a month such as 2026-07. What its lines come to and
-- who drew it up never change; the rest says how far it has come.
CREATE TABLE statements (
    id BLOB NOT NULL PRIMARY KEY,
    shop TEXT NOT NULL,
    scheme TEXT NOT NULL,
    period TEXT NOT NULL,
    state TEXT NOT NULL,
    line_count BIGINT NOT NULL,
    bill_fen BIGINT NOT NULL,
    off_fen BIGINT NOT NULL,
    points BIGINT NOT NULL,
    drawn_by BLOB NOT NULL,
    drawn_at BIGINT NOT NULL,
    answered_by BLOB,
    answered_at BIGINT,
    reviewed_by BLOB,
    reviewed_at BIGINT,
    settled_by BLOB,
    settled_on BIGINT,
    settled_as TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX statements_once ON statements (shop, scheme, period);

-- Its lines, which never change: deductions, and corrections that name the objection which was
-- upheld. A deduction is settled once, and so is a correction.
CREATE TABLE statement_lines (
    statement BLOB NOT NULL,
    number BIGINT NOT NULL,
    day BIGINT NOT NULL,
    deduction BLOB,
    receipt TEXT NOT NULL,
    bill_fen BIGINT NOT NULL,
    off_fen BIGINT NOT NULL,
    points BIGINT NOT NULL,
    of_statement BLOB,
    of_period TEXT,
    of_line BIGINT,
    of_objection BIGINT,
    PRIMARY KEY (statement, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX statement_lines_deduction ON statement_lines (deduction)
    WHERE of_statement IS NULL;
CREATE UNIQUE INDEX statement_lines_correction ON statement_lines (of_statement, of_objection)
    WHERE of_statement IS NOT NULL;

-- What a shop objects to, line by line or because something is missing, and what was answered. One
-- that was upheld says by how much the next statement corrects it.
CREATE TABLE objections (
    statement BLOB NOT NULL,
    number BIGINT NOT NULL,
    line BIGINT,
    said TEXT NOT NULL,
    upheld BIGINT,
    off_fen BIGINT,
    points BIGINT,
    answer TEXT,
    judged_by BLOB,
    judged_at BIGINT,
    PRIMARY KEY (statement, number)
) WITHOUT ROWID;

-- A case may be about a deduction.
ALTER TABLE cases ADD COLUMN deduction BLOB;
