/// The tables of the ledger and of usage.
enum LedgerSchema {
    // Times are milliseconds since 1970, but for those of codes, which are seconds. Amounts are micro-credits.
    static let tables = """
        CREATE TABLE ledger_account (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            balance INTEGER NOT NULL DEFAULT 0,
            CONSTRAINT no_holder_below_zero CHECK (balance >= 0 OR name GLOB 'house:*')
        ) STRICT;
        CREATE TABLE ledger_movement (
            number INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (
                kind IN ('top-up', 'adjustment', 'reservation', 'settlement', 'release', 'refund', 'code')
            ),
            source INTEGER NOT NULL REFERENCES ledger_account (id),
            target INTEGER NOT NULL REFERENCES ledger_account (id),
            amount INTEGER NOT NULL CHECK (amount > 0),
            call TEXT,
            note TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
            CHECK (source <> target)
        ) STRICT;
        CREATE UNIQUE INDEX ledger_reserved_once ON ledger_movement (call) WHERE kind = 'reservation';
        CREATE UNIQUE INDEX ledger_released_once ON ledger_movement (call) WHERE kind = 'release';
        CREATE UNIQUE INDEX ledger_settled_once ON ledger_movement (call) WHERE kind = 'settlement';
        CREATE INDEX ledger_refunds ON ledger_movement (call) WHERE kind = 'refund';
        CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger_movement BEGIN
            SELECT RAISE(ABORT, 'the journal is append-only');
        END;
        CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger_movement BEGIN
            SELECT RAISE(ABORT, 'the journal is append-only');
        END;
        -- Both sides of every movement.
        CREATE VIEW ledger_posting (number, account, amount) AS
            SELECT number, source, -amount FROM ledger_movement
            UNION ALL SELECT number, target, amount FROM ledger_movement;
        CREATE TABLE ledger_start (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            -- The last movement before the relay started: what is older is resolved.
            movement INTEGER NOT NULL,
            probed INTEGER NOT NULL
        ) STRICT;
        INSERT INTO ledger_start (id, movement, probed) VALUES (1, 0, 0);
        CREATE TABLE redeem_code (
            id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'code_?*'),
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            hint TEXT NOT NULL,
            amount INTEGER NOT NULL CHECK (amount > 0),
            note TEXT NOT NULL CHECK (length(note) <= 1000),
            created INTEGER NOT NULL,
            expires INTEGER,
            redeemed INTEGER,
            redeemed_by TEXT,
            CHECK ((redeemed IS NULL) = (redeemed_by IS NULL))
        ) STRICT;
        CREATE TABLE usage_record (
            time INTEGER NOT NULL,
            call TEXT NOT NULL,
            key_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            deployment TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            streamed INTEGER NOT NULL,
            status INTEGER NOT NULL,
            error TEXT,
            input INTEGER NOT NULL,
            cached_input INTEGER NOT NULL,
            output INTEGER NOT NULL,
            reasoning INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            price_input INTEGER,
            price_cached_input INTEGER,
            price_output INTEGER,
            multiplier INTEGER,
            tier_factor INTEGER,
            cost INTEGER NOT NULL,
            shortfall INTEGER NOT NULL,
            first_byte INTEGER,
            duration INTEGER NOT NULL,
            connector TEXT,
            address TEXT,
            PRIMARY KEY (time, call)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX usage_by_user ON usage_record (user_id, time, call);
        -- The records summed up, which stay when the records are deleted.
        CREATE TABLE usage_day (
            key_id TEXT NOT NULL,
            day INTEGER NOT NULL,
            deployment TEXT NOT NULL,
            calls INTEGER NOT NULL,
            input INTEGER NOT NULL,
            cached_input INTEGER NOT NULL,
            output INTEGER NOT NULL,
            cost INTEGER NOT NULL,
            PRIMARY KEY (key_id, day, deployment)
        ) STRICT, WITHOUT ROWID;
        """

    // However many ask at the same time: no more is given back than was charged.
    static let refunds = """
        CREATE TRIGGER ledger_refund_fits BEFORE INSERT ON ledger_movement WHEN NEW.kind = 'refund' BEGIN
            SELECT RAISE(ABORT, 'more than was charged for the call') WHERE NEW.amount
                + (SELECT ifnull(sum(amount), 0) FROM ledger_movement WHERE call = NEW.call AND kind = 'refund')
                > (SELECT ifnull(sum(amount), 0) FROM ledger_movement WHERE call = NEW.call AND kind = 'settlement');
        END;
        """
}
