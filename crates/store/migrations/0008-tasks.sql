-- Long work that somebody asked for. Moments are milliseconds of UTC.

-- What is asked, who does it and how far it is. `runner` and `seen_at` tell the server that is at
-- it and when it last said so; `place` is where somebody else would go on.
CREATE TABLE tasks (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    title TEXT NOT NULL,
    input TEXT NOT NULL,
    asked_by BLOB NOT NULL,
    asked_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    runner BLOB,
    seen_at BIGINT,
    begun_at BIGINT,
    begun_done BIGINT NOT NULL,
    done BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    total BIGINT NOT NULL,
    place TEXT NOT NULL,
    message TEXT NOT NULL,
    ended_at BIGINT
) WITHOUT ROWID;
CREATE INDEX tasks_asked ON tasks (asked_by, id);
CREATE INDEX tasks_open ON tasks (state, id);

-- What it reads and what it gives, in parts that are sealed with a key of whoever asked.
CREATE TABLE task_files (
    task BLOB NOT NULL,
    name TEXT NOT NULL,
    part BIGINT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (task, name, part)
) WITHOUT ROWID;
