/// Usage records in two parts: what a call has for itself, and what many calls have in common.
extension LedgerSchema {
    /// A record's place says its time, and has this many bits more: the records of one millisecond are numbered.
    static let placeBits: Int64 = 20

    /// The last moment that has places of its own, in milliseconds since 1970: in the year 2248.
    private static let lastTime: Int64 = (1 << 43) - 1

    /// The first place of a moment, in milliseconds since 1970; no record is of before that, or of after the year 2200.
    static func place(of time: Int64) -> Int64 { min(max(time, 0), self.lastTime) << self.placeBits }

    /// The first place behind all those of a moment; no place is behind those of the last one.
    static func place(behind time: Int64) -> Int64 { time < self.lastTime ? self.place(of: max(time, 0) + 1) : .max }

    // Places rise with time, so that nearly every row is appended: a key of texts cost several times as much, and split pages
    // where it grew. Kinds are of a day, so that it is known without an index of records which ones no record has any more.
    // Two kinds may be the same: a relay that starts makes its own.
    static let usageKinds = """
        CREATE TABLE usage_kind (
            id INTEGER PRIMARY KEY,
            -- Counted from 1970, in UTC.
            day INTEGER NOT NULL,
            key_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            deployment TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            streamed INTEGER NOT NULL,
            status INTEGER NOT NULL,
            error TEXT,
            estimated INTEGER NOT NULL,
            price_input INTEGER,
            price_cached_input INTEGER,
            price_output INTEGER,
            multiplier INTEGER,
            tier_factor INTEGER,
            connector TEXT
        ) STRICT;
        CREATE TABLE usage_call (
            place INTEGER PRIMARY KEY CHECK (place >= 0),
            call TEXT NOT NULL,
            kind INTEGER NOT NULL,
            input INTEGER NOT NULL,
            cached_input INTEGER NOT NULL,
            output INTEGER NOT NULL,
            reasoning INTEGER NOT NULL,
            cost INTEGER NOT NULL,
            shortfall INTEGER NOT NULL,
            first_byte INTEGER,
            duration INTEGER NOT NULL,
            address TEXT
        ) STRICT;
        INSERT INTO usage_kind (
            day, key_id, user_id, deployment, endpoint, streamed, status, error, estimated, price_input,
            price_cached_input, price_output, multiplier, tier_factor, connector
        ) SELECT DISTINCT
            time / 86400000, key_id, user_id, deployment, endpoint, streamed, status, error, estimated, price_input,
            price_cached_input, price_output, multiplier, tier_factor, connector
        FROM usage_record;
        CREATE INDEX usage_kind_moving ON usage_kind (day, key_id, deployment, connector);
        INSERT INTO usage_call (
            place, call, kind, input, cached_input, output, reasoning, cost, shortfall, first_byte, duration, address
        ) SELECT
            (max(r.time, 0) << \(Self.placeBits)) + row_number() OVER (PARTITION BY r.time ORDER BY r.call) - 1,
            r.call,
            (
                SELECT k.id FROM usage_kind k
                WHERE k.day = r.time / 86400000 AND k.key_id = r.key_id AND k.deployment = r.deployment
                AND k.connector IS r.connector AND k.user_id = r.user_id AND k.endpoint = r.endpoint
                AND k.streamed = r.streamed AND k.status = r.status AND k.error IS r.error
                AND k.estimated = r.estimated AND k.price_input IS r.price_input
                AND k.price_cached_input IS r.price_cached_input AND k.price_output IS r.price_output
                AND k.multiplier IS r.multiplier AND k.tier_factor IS r.tier_factor
            ),
            r.input, r.cached_input, r.output, r.reasoning, r.cost, r.shortfall, r.first_byte, r.duration, r.address
        FROM usage_record r ORDER BY r.time, r.call;
        DROP INDEX usage_kind_moving;
        DROP TABLE usage_record;
        CREATE VIEW usage_record (
            time, call, key_id, user_id, deployment, endpoint, streamed, status, error, input, cached_input, output,
            reasoning, estimated, price_input, price_cached_input, price_output, multiplier, tier_factor, cost, shortfall,
            first_byte, duration, connector, address
        ) AS SELECT
            c.place >> \(Self.placeBits), c.call, k.key_id, k.user_id, k.deployment, k.endpoint, k.streamed, k.status,
            k.error, c.input, c.cached_input, c.output, c.reasoning, k.estimated, k.price_input, k.price_cached_input,
            k.price_output, k.multiplier, k.tier_factor, c.cost, c.shortfall, c.first_byte, c.duration, k.connector,
            c.address
        FROM usage_call c CROSS JOIN usage_kind k ON k.id = c.kind;
        """
}
