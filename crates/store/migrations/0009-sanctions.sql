-- Sanctions as cases (S11). Days are numbers such as 20260715, moments milliseconds of UTC.

-- What two people decided about somebody: the days without points stand in `sanctions`, where they
-- are scored by; here is what else it means, and whether it was lifted. The id is that of the
-- proposal.
CREATE TABLE sanction_cases (
    id BLOB NOT NULL PRIMARY KEY,
    holder BLOB NOT NULL,
    first_day BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    article TEXT,
    referred_to TEXT,
    decided_at BIGINT NOT NULL,
    lifted_by BLOB,
    lifted_at BIGINT
) WITHOUT ROWID;
CREATE INDEX sanction_cases_holder ON sanction_cases (holder, id);

-- An opinion about a sanction is an appeal.
ALTER TABLE opinions ADD COLUMN sanction BLOB;
