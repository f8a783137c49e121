internal import GRDB
internal import Ledger

/// What the records of many calls have in common, which is stored once.
struct UsageKind: Hashable {
    /// Counted from 1970, in UTC: a kind is of one day.
    var day: Int
    var key: String
    var user: String
    var deployment: String
    var endpoint: String
    var isStreamed: Bool
    var status: Int
    var error: String?
    var isEstimated: Bool
    var tariff: Tariff?
    var connector: String?

    init(_ record: UsageRecord) {
        self.day = record.day
        self.key = record.key
        self.user = record.holder.rawValue
        self.deployment = record.deployment
        self.endpoint = record.endpoint
        self.isStreamed = record.isStreamed
        self.status = record.status
        self.error = record.error
        self.isEstimated = record.isEstimated
        self.tariff = record.tariff
        self.connector = record.connector
    }

    /// Of the words that tell most kinds apart.
    func hash(into hasher: inout Hasher) {
        hasher.combine(self.key)
        hasher.combine(self.deployment)
        hasher.combine(self.status)
    }
}

extension KeptRecord {
    /// Whether two records are of the same kind; a comparison where they lie, which copies nothing.
    func isLike(_ other: KeptRecord) -> Bool {
        self.record.key == other.record.key && self.record.deployment == other.record.deployment
            && self.record.connector == other.record.connector && self.record.holder == other.record.holder
            && self.record.endpoint == other.record.endpoint && self.record.isStreamed == other.record.isStreamed
            && self.record.status == other.record.status && self.record.error == other.record.error
            && self.record.isEstimated == other.record.isEstimated && self.record.tariff == other.record.tariff
            && self.record.day == other.record.day
    }
}

/// The numbers of kinds that the database has, as far as they are remembered. Two kinds may be the same: what is forgotten is
/// stored once more.
struct UsageKinds: Sendable {
    /// How many are remembered.
    private static let most = 10_000

    private var numbers: [UsageKind: Int64] = [:]
    /// How many were stored since there is somebody to remember them.
    private(set) var stored = 0

    /// The number of a record's kind, stored now if it is not known.
    mutating func number(of record: UsageRecord, _ database: Database) throws -> Int64 {
        let kind = UsageKind(record)
        if let number = self.numbers[kind] { return number }
        let tariff = kind.tariff
        try database.cachedStatement(sql: Self.insert).execute(
            arguments: [
                kind.day, kind.key, kind.user, kind.deployment, kind.endpoint, kind.isStreamed, kind.status, kind.error,
                kind.isEstimated, tariff?.input, tariff?.cachedInput, tariff?.output, tariff?.multiplier,
                tariff?.tierFactor, kind.connector,
            ]
        )
        if self.numbers.count >= Self.most { self.numbers.removeAll() }
        let number = database.lastInsertedRowID
        self.numbers[kind] = number
        self.stored += 1
        return number
    }

    private static let insert = """
        INSERT INTO usage_kind (
            day, key_id, user_id, deployment, endpoint, streamed, status, error, estimated, price_input,
            price_cached_input, price_output, multiplier, tier_factor, connector
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
}
