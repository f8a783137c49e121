/// What every paid call writes, at as little cost as the rules allow.
extension LedgerSchema {
    /// Calls of one user lie this close together in ``usage_span``: 2⁷ ms.
    static let spanBits: Int64 = 7

    /// The number of the span that a time is in.
    static func span(of time: Int64) -> Int64 { time >> self.spanBits }

    // Settlements lie by themselves: the triggers and indexes of other kinds of movements would cost each of them more than its
    // own row does. One sequence of numbers serves both tables, and `ledger_movement` shows them as one journal.
    // The accounts of a settlement are no foreign keys: a trigger keeps them from being deleted, and the writer
    // looks their numbers up.
    // Which spans of time a user has records in costs one row for many calls, where an index of the records costs one each.
    static let settlements = """
        DROP VIEW ledger_posting;
        CREATE TABLE ledger_settlement (
            number INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            source INTEGER NOT NULL,
            target INTEGER NOT NULL CHECK (source <> target),
            amount INTEGER NOT NULL CHECK (amount > 0),
            call TEXT NOT NULL
        ) STRICT;
        INSERT INTO ledger_settlement (number, time, source, target, amount, call)
            SELECT number, time, source, target, amount, call FROM ledger_movement
            WHERE kind = 'settlement' AND call IS NOT NULL ORDER BY number;
        CREATE UNIQUE INDEX ledger_call_settled_once ON ledger_settlement (call);
        CREATE TABLE ledger_journal (
            number INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            -- Not as a list of words, of which SQLite makes a table for every row.
            kind TEXT NOT NULL CHECK (
                kind = 'reservation' OR kind = 'release' OR kind = 'top-up' OR kind = 'adjustment' OR kind = 'refund'
                OR kind = 'code' OR kind = 'settlement'
            ),
            source INTEGER NOT NULL REFERENCES ledger_account (id),
            target INTEGER NOT NULL REFERENCES ledger_account (id),
            amount INTEGER NOT NULL CHECK (amount > 0),
            call TEXT,
            note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
            CHECK (source <> target)
        ) STRICT;
        INSERT INTO ledger_journal (number, time, kind, source, target, amount, call, note)
            SELECT number, time, kind, source, target, amount, call, note FROM ledger_movement
            WHERE kind <> 'settlement' OR call IS NULL ORDER BY number;
        DROP TABLE ledger_movement;
        CREATE UNIQUE INDEX ledger_reserved_once ON ledger_journal (call) WHERE kind = 'reservation';
        CREATE UNIQUE INDEX ledger_released_once ON ledger_journal (call) WHERE kind = 'release';
        CREATE INDEX ledger_refunds ON ledger_journal (call) WHERE kind = 'refund';
        CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger_journal BEGIN
            SELECT RAISE(ABORT, 'the journal is append-only');
        END;
        CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger_journal BEGIN
            SELECT RAISE(ABORT, 'the journal is append-only');
        END;
        CREATE TRIGGER ledger_settlement_is_not_changed BEFORE UPDATE ON ledger_settlement BEGIN
            SELECT RAISE(ABORT, 'the journal is append-only');
        END;
        CREATE TRIGGER ledger_settlement_is_not_deleted BEFORE DELETE ON ledger_settlement BEGIN
            SELECT RAISE(ABORT, 'the journal is append-only');
        END;
        CREATE TRIGGER ledger_account_stays BEFORE DELETE ON ledger_account BEGIN
            SELECT RAISE(ABORT, 'movements speak of accounts by their numbers');
        END;
        CREATE TRIGGER ledger_settles_elsewhere BEFORE INSERT ON ledger_journal
        WHEN NEW.kind = 'settlement' AND NEW.call IS NOT NULL BEGIN
            SELECT RAISE(ABORT, 'settlements have a table of their own');
        END;
        -- However many ask at the same time: no more is given back than was charged.
        CREATE TRIGGER ledger_refund_fits BEFORE INSERT ON ledger_journal WHEN NEW.kind = 'refund' BEGIN
            SELECT RAISE(ABORT, 'more than was charged for the call') WHERE NEW.amount
                + (SELECT ifnull(sum(amount), 0) FROM ledger_journal WHERE call = NEW.call AND kind = 'refund')
                > (SELECT ifnull(sum(amount), 0) FROM ledger_settlement WHERE call = NEW.call);
        END;
        CREATE VIEW ledger_movement (number, time, kind, source, target, amount, call, note) AS
            SELECT number, time, kind, source, target, amount, call, note FROM ledger_journal
            UNION ALL SELECT number, time, 'settlement', source, target, amount, call, '' FROM ledger_settlement;
        -- Both sides of every movement.
        CREATE VIEW ledger_posting (number, account, amount) AS
            SELECT number, source, -amount FROM ledger_journal
            UNION ALL SELECT number, target, amount FROM ledger_journal
            UNION ALL SELECT number, source, -amount FROM ledger_settlement
            UNION ALL SELECT number, target, amount FROM ledger_settlement;
        CREATE TABLE usage_span (
            user_id TEXT NOT NULL,
            span INTEGER NOT NULL,
            PRIMARY KEY (user_id, span)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO usage_span (user_id, span) SELECT DISTINCT user_id, time >> \(Self.spanBits) FROM usage_record;
        DROP INDEX usage_by_user;
        """
}
