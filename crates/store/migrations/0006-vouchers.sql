-- Points on paper and at partner shops: vouchers, agreements, deductions, and cases of fraud.
-- Moments are milliseconds of UTC, days are numbers such as 20260715.

-- Numbered vouchers (P4), from printing to their end. What bound their points and what spent them
-- are entries of the account. Who received one for somebody is sealed with that person's key.
CREATE TABLE vouchers (
    serial TEXT NOT NULL PRIMARY KEY,
    scheme TEXT NOT NULL,
    state TEXT NOT NULL,
    printed_at BIGINT NOT NULL,
    printed_by BLOB,
    institution TEXT,
    stocked_at BIGINT,
    stocked_by BLOB,
    account BLOB,
    person BLOB,
    lot BIGINT,
    hold BIGINT,
    points BIGINT,
    award TEXT,
    record BLOB,
    expires_on BIGINT,
    issued_on BIGINT,
    issued_at BIGINT,
    issued_by BLOB,
    authority TEXT,
    proxy BLOB,
    spent_at BIGINT,
    spent_by BLOB,
    spent_place TEXT,
    spent_for BLOB,
    capture BIGINT,
    void TEXT,
    ended_at BIGINT,
    ended_by BLOB,
    reason TEXT,
    stub_at BIGINT,
    stub_by BLOB,
    stub_points BIGINT
) WITHOUT ROWID;
CREATE INDEX vouchers_institution ON vouchers (institution, state, serial);
CREATE INDEX vouchers_person ON vouchers (person, serial) WHERE person IS NOT NULL;
CREATE INDEX vouchers_hold ON vouchers (account, hold) WHERE account IS NOT NULL;
CREATE INDEX vouchers_spent_for ON vouchers (spent_for) WHERE spent_for IS NOT NULL;
CREATE INDEX vouchers_scheme ON vouchers (scheme, serial);

-- What the bureau agreed on with a partner shop (P7), and who published or ended it, on which day,
-- under which document.
CREATE TABLE agreements (
    id BLOB NOT NULL PRIMARY KEY,
    shop TEXT NOT NULL,
    scheme TEXT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    area TEXT NOT NULL,
    points_per_yuan BIGINT NOT NULL,
    share BIGINT NOT NULL,
    day_limit BIGINT,
    month_limit BIGINT,
    bears TEXT NOT NULL,
    proposed_by BLOB NOT NULL,
    proposed_at BIGINT NOT NULL,
    published_by BLOB,
    published_on BIGINT,
    published_as TEXT,
    ended_by BLOB,
    ended_on BIGINT,
    ended_as TEXT
) WITHOUT ROWID;
CREATE INDEX agreements_shop ON agreements (shop, id);

-- Points that took something off a bill; vouchers are a list of serials (JSON).
CREATE TABLE deductions (
    shop TEXT NOT NULL,
    receipt TEXT NOT NULL,
    id BLOB NOT NULL,
    scheme TEXT NOT NULL,
    agreement BLOB NOT NULL,
    person BLOB NOT NULL,
    account BLOB NOT NULL,
    day BIGINT NOT NULL,
    bill_fen BIGINT NOT NULL,
    off_fen BIGINT NOT NULL,
    points BIGINT NOT NULL,
    electronic BIGINT NOT NULL,
    capture BIGINT,
    vouchers TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    made_by BLOB,
    cancelled_at BIGINT,
    cancelled_by BLOB,
    reason TEXT,
    PRIMARY KEY (shop, receipt)
) WITHOUT ROWID;
CREATE UNIQUE INDEX deductions_id ON deductions (id);
CREATE INDEX deductions_day ON deductions (shop, day, id);
CREATE INDEX deductions_account ON deductions (account, shop, day);
CREATE VIEW deduction_ids AS SELECT id, shop, receipt FROM deductions;

-- Cases of fraud (P13): what looked wrong, who is at fault, what was lost, what was decided.
CREATE TABLE cases (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    scheme TEXT NOT NULL,
    serial TEXT,
    place TEXT NOT NULL,
    first_place TEXT,
    first_at BIGINT,
    note TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    opened_by BLOB,
    party TEXT,
    party_name TEXT,
    loss_fen BIGINT,
    decision TEXT,
    consequence TEXT,
    decided_at BIGINT,
    decided_by BLOB
) WITHOUT ROWID;
CREATE INDEX cases_place ON cases (place, id);
