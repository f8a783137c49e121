internal import GRDB
internal import Ledger

/// What a record has in common with many others, which is stored once.
struct UsageKind: Hashable {
    /// Any record of the kind: its texts are compared where they lie.
    private let kept: KeptRecord

    init(_ kept: KeptRecord) {
        self.kept = kept
    }

    /// The order is that of what tells kinds apart most often.
    static func == (left: Self, right: Self) -> Bool {
        let (left, right) = (left.kept, right.kept)
        return left.record.key == right.record.key && left.record.deployment == right.record.deployment
            && left.record.connector == right.record.connector && left.record.holder == right.record.holder
            && left.record.endpoint == right.record.endpoint && left.record.isStreamed == right.record.isStreamed
            && left.record.status == right.record.status && left.record.error == right.record.error
            && left.record.isEstimated == right.record.isEstimated && left.record.tariff == right.record.tariff
            && left.record.day == right.record.day
    }

    /// Of the words that tell most kinds apart.
    func hash(into hasher: inout Hasher) {
        hasher.combine(self.kept.record.key)
        hasher.combine(self.kept.record.deployment)
        hasher.combine(self.kept.record.status)
    }

    /// The columns of `usage_kind`, in their order.
    fileprivate var row: StatementArguments {
        let record = self.kept.record
        let tariff = record.tariff
        return [
            record.day, record.key, record.holder.rawValue, record.deployment, record.endpoint, record.isStreamed,
            record.status, record.error, record.isEstimated, tariff?.input, tariff?.cachedInput, tariff?.output,
            tariff?.multiplier, tariff?.tierFactor, record.connector,
        ]
    }
}

/// The numbers of kinds that the database has, as far as they are remembered. Two kinds may be the same: what is forgotten is
/// stored once more.
struct UsageKinds: Sendable {
    /// How many are remembered.
    private static let most = 10_000

    private var numbers: [UsageKind: Int64] = [:]

    /// The number of a kind, stored now if it is not known.
    mutating func number(of kind: UsageKind, _ database: Database) throws -> Int64 {
        if let number = self.numbers[kind] { return number }
        try database.cachedStatement(sql: Self.insert).execute(arguments: kind.row)
        if self.numbers.count >= Self.most { self.numbers.removeAll() }
        let number = database.lastInsertedRowID
        self.numbers[kind] = number
        return number
    }

    private static let insert = """
        INSERT INTO usage_kind (
            day, key_id, user_id, deployment, endpoint, streamed, status, error, estimated, price_input,
            price_cached_input, price_output, multiplier, tier_factor, connector
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
}
