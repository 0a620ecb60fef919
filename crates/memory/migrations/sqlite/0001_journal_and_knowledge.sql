-- The journal of intents and outcomes, and what is known of campaigns, products and decisions.
-- Instants are microseconds since 1970 in UTC; money is decimal text beside its ISO 4217 code.

-- "CPMm": says that this file is a memory of Campaign Pilot and not some other database.
PRAGMA application_id = 1129336173;

-- One row per event, appended and never changed.
CREATE TABLE journal (
    sequence  INTEGER PRIMARY KEY CHECK (sequence > 0),
    at        INTEGER NOT NULL,
    operation TEXT    NOT NULL,
    event     TEXT    NOT NULL,
    body      TEXT    NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE INDEX journal_by_operation ON journal (operation, sequence);

CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- Where each operation stands: what its rows in the journal add up to, written in the same transaction.
CREATE TABLE operation (
    id          TEXT    PRIMARY KEY,
    prepared    INTEGER NOT NULL REFERENCES journal (sequence),
    state       TEXT    NOT NULL CHECK (state IN ('prepared', 'sent', 'unknown', 'done', 'rejected')),
    attempts    INTEGER NOT NULL CHECK (attempts >= 0),
    empty_reads INTEGER NOT NULL CHECK (empty_reads >= 0),
    finished    INTEGER NOT NULL CHECK (finished = (state IN ('done', 'rejected'))),
    prepared_at INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX operation_open ON operation (prepared) WHERE finished = 0;

CREATE TRIGGER operation_is_never_forgotten BEFORE DELETE ON operation
BEGIN SELECT RAISE(ABORT, 'an operation is never forgotten'); END;

CREATE TRIGGER operation_end_is_final BEFORE UPDATE ON operation WHEN OLD.finished = 1
BEGIN SELECT RAISE(ABORT, 'the operation is finished'); END;

CREATE TABLE campaign (
    id         TEXT    PRIMARY KEY,
    updated_at INTEGER NOT NULL,
    body       TEXT    NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE TABLE product_hour (
    product              TEXT    NOT NULL,
    hour                 INTEGER NOT NULL,
    units                INTEGER NOT NULL,
    refunded_units       INTEGER NOT NULL,
    orders               INTEGER NOT NULL,
    revenue              TEXT    NOT NULL,
    revenue_currency     TEXT    NOT NULL,
    refunds              TEXT    NOT NULL,
    refunds_currency     TEXT    NOT NULL,
    new_customers        INTEGER,
    new_customers_absent TEXT,
    views                INTEGER,
    views_absent         TEXT,
    in_stock             INTEGER NOT NULL CHECK (in_stock IN (0, 1)),
    PRIMARY KEY (product, hour),
    CHECK ((new_customers IS NULL) <> (new_customers_absent IS NULL)),
    CHECK ((views IS NULL) <> (views_absent IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
    id       TEXT    PRIMARY KEY,
    at       INTEGER NOT NULL,
    product  TEXT    NOT NULL,
    campaign TEXT,
    body     TEXT    NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE INDEX decision_by_time ON decision (at, id);

CREATE TABLE state (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT;
