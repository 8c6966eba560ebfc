-- What is done in villages. Moments are milliseconds of UTC, days are numbers such as 20260921.

-- Who reported a case from where, and whether the person agreed. What was reported is the record
-- of the same code; it was looked at when it has a second version or is void.
CREATE TABLE reports (
    code TEXT NOT NULL PRIMARY KEY,
    officer BLOB NOT NULL,
    community TEXT NOT NULL,
    received_day BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    agreed BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX reports_made ON reports (officer, received_day);
CREATE INDEX reports_received ON reports (community, code);

-- What an area is to do in a year. The areas inside one share its number out among them.
CREATE TABLE targets (
    year BIGINT NOT NULL,
    name TEXT NOT NULL,
    area TEXT NOT NULL,
    number BIGINT NOT NULL,
    entered_by BLOB NOT NULL,
    entered_at BIGINT NOT NULL,
    PRIMARY KEY (year, name, area)
) WITHOUT ROWID;

-- What is written into the registers of an area: opinions, publicity, issues.
CREATE TABLE register_entries (
    id BLOB NOT NULL PRIMARY KEY,
    register TEXT NOT NULL,
    area TEXT NOT NULL,
    day BIGINT NOT NULL,
    content TEXT NOT NULL,
    channel TEXT,
    reached BIGINT,
    owner TEXT,
    due BIGINT,
    entered_by BLOB NOT NULL,
    entered_at BIGINT NOT NULL,
    answer TEXT,
    answered_by BLOB,
    answered_at BIGINT
) WITHOUT ROWID;
CREATE INDEX register_entries_kept ON register_entries (register, area, day);
