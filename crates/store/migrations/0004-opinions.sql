-- What residents say is wrong with their points, and what they were answered. Both texts are
-- sealed with the key of the person; an erased person's opinions stay as cases without texts.
CREATE TABLE opinions (
    id BLOB NOT NULL PRIMARY KEY,
    person BLOB NOT NULL,
    written_by BLOB NOT NULL,
    community TEXT NOT NULL,
    record BLOB,
    award TEXT,
    content BLOB,
    written_at BIGINT NOT NULL,
    answered_by BLOB,
    answered_at BIGINT,
    answer BLOB
) WITHOUT ROWID;
CREATE INDEX opinions_person ON opinions (person);
CREATE INDEX opinions_open ON opinions (id) WHERE answered_at IS NULL;
