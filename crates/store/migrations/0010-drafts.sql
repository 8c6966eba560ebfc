-- Versions of schemes that somebody works on, and what the bureau says of how its rules are read.
-- Days are numbers as in the other tables, moments milliseconds of UTC.

-- `revision` counts its changes, so that of two people who change one text the later one learns so.
-- `started_from` is the first day of the version it was taken from. `proposal` is the last one that
-- was made of it.
CREATE TABLE scheme_drafts (
    id BLOB NOT NULL PRIMARY KEY,
    scheme TEXT NOT NULL,
    area TEXT NOT NULL,
    document TEXT NOT NULL,
    started_from BIGINT,
    started_by BLOB NOT NULL,
    started_at BIGINT NOT NULL,
    changed_by BLOB NOT NULL,
    changed_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    state TEXT NOT NULL,
    proposal BLOB
) WITHOUT ROWID;
CREATE INDEX scheme_drafts_scheme ON scheme_drafts (scheme, id);
CREATE INDEX scheme_drafts_proposal ON scheme_drafts (proposal);

-- Interpretation notes; `award` is empty where a note is about the scheme as a whole.
CREATE TABLE scheme_notes (
    id BLOB NOT NULL PRIMARY KEY,
    scheme TEXT NOT NULL,
    award TEXT NOT NULL,
    title TEXT NOT NULL,
    content TEXT NOT NULL,
    written_by BLOB NOT NULL,
    written_at BIGINT NOT NULL,
    withdrawn_by BLOB,
    withdrawn_at BIGINT
) WITHOUT ROWID;
CREATE INDEX scheme_notes_scheme ON scheme_notes (scheme, id);
