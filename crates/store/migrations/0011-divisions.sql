-- The names of communities, streets and districts by their codes. A code says something else from
-- a day on where it was given to another place; what it said before stays. Days are numbers.
CREATE TABLE divisions (
    code TEXT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    name TEXT NOT NULL,
    successor TEXT,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (code, first_day)
) WITHOUT ROWID;
CREATE INDEX divisions_name ON divisions (name);
