-- What points bring: who hands something over, what is offered, what is in stock, what was ordered
-- and what it cost. Moments are milliseconds of UTC, days are numbers such as 20260715.

-- Who hands something over: health institutions and partner shops.
CREATE TABLE institutions (
    code TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    area TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    hours TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    closed_at BIGINT
) WITHOUT ROWID;

-- Versions of catalogues: TOML as in scheme documents, who proposed it, and who reviewed, filed or
-- returned it, on which day, under which document (or why).
CREATE TABLE catalogues (
    id BLOB NOT NULL PRIMARY KEY,
    scheme TEXT NOT NULL,
    provider TEXT,
    level TEXT NOT NULL,
    area TEXT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    content TEXT NOT NULL,
    proposed_by BLOB NOT NULL,
    proposed_at BIGINT NOT NULL,
    reviewed_by BLOB,
    reviewed_on BIGINT,
    reviewed_as TEXT,
    filed_by BLOB,
    filed_on BIGINT,
    filed_as TEXT,
    returned_by BLOB,
    returned_on BIGINT,
    returned_as TEXT
) WITHOUT ROWID;

-- How many sets of an item with a total quantity were ordered.
CREATE TABLE item_counts (
    catalogue BLOB NOT NULL,
    item TEXT NOT NULL,
    taken BIGINT NOT NULL,
    PRIMARY KEY (catalogue, item)
) WITHOUT ROWID;

-- What an institution has of a good, as the entries below make it: batches with something left
-- (JSON), and how many pieces are set aside for orders.
CREATE TABLE shelves (
    institution TEXT NOT NULL,
    good TEXT NOT NULL,
    reserved BIGINT NOT NULL,
    batches TEXT NOT NULL,
    PRIMARY KEY (institution, good)
) WITHOUT ROWID;

-- Goods that were received together.
CREATE TABLE batches (
    id BLOB NOT NULL PRIMARY KEY,
    institution TEXT NOT NULL,
    good TEXT NOT NULL,
    supplier TEXT NOT NULL,
    lot TEXT NOT NULL,
    certificate TEXT NOT NULL,
    expires_on BIGINT,
    pieces BIGINT NOT NULL,
    piece_fen BIGINT NOT NULL,
    source TEXT NOT NULL,
    received_by BLOB NOT NULL,
    received_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX batches_good ON batches (institution, good);

-- Every move of stock: pieces come (more than zero) or go. Nothing is changed or taken out.
CREATE TABLE stock_entries (
    institution TEXT NOT NULL,
    id BLOB NOT NULL,
    good TEXT NOT NULL,
    batch BLOB NOT NULL,
    kind TEXT NOT NULL,
    pieces BIGINT NOT NULL,
    entered_at BIGINT NOT NULL,
    entered_by BLOB,
    for_order BLOB,
    reason TEXT,
    PRIMARY KEY (institution, id)
) WITHOUT ROWID;
CREATE INDEX stock_entries_good ON stock_entries (institution, good, entered_at);

-- Orders. Texts are JSON; who fetched something for a person is sealed with that person's key.
CREATE TABLE orders (
    account BLOB NOT NULL,
    id BLOB NOT NULL,
    person BLOB NOT NULL,
    scheme TEXT NOT NULL,
    catalogue BLOB NOT NULL,
    provider TEXT,
    item TEXT NOT NULL,
    name TEXT NOT NULL,
    institution TEXT NOT NULL,
    sets BIGINT NOT NULL,
    lines TEXT NOT NULL,
    points BIGINT NOT NULL,
    hold BIGINT,
    code TEXT NOT NULL,
    state TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    placed_by BLOB,
    due_at BIGINT NOT NULL,
    handed_over_at BIGINT,
    handed_over_by BLOB,
    proxy BLOB,
    capture BIGINT,
    taken TEXT NOT NULL,
    ended_at BIGINT,
    ended_by BLOB,
    reason TEXT,
    stars BIGINT,
    rated_at BIGINT,
    PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX orders_id ON orders (id);
CREATE INDEX orders_person ON orders (person, id);
CREATE INDEX orders_institution ON orders (institution, id);
CREATE INDEX orders_waiting ON orders (institution, code) WHERE state = 'waiting';
CREATE INDEX orders_due ON orders (due_at) WHERE state = 'waiting';
CREATE INDEX orders_handed_over ON orders (institution, handed_over_at)
    WHERE handed_over_at IS NOT NULL;
CREATE VIEW order_ids AS SELECT id, account FROM orders;

-- Money that was spent besides goods that were handed over, by who paid and what for.
CREATE TABLE costs (
    institution TEXT NOT NULL,
    id BLOB NOT NULL,
    day BIGINT NOT NULL,
    source TEXT NOT NULL,
    used_for TEXT NOT NULL,
    fen BIGINT NOT NULL,
    note TEXT NOT NULL,
    entered_by BLOB NOT NULL,
    entered_at BIGINT NOT NULL,
    PRIMARY KEY (institution, id)
) WITHOUT ROWID;
