package import FoundationEssentials
internal import Ledger
internal import Vocabulary

/// What is kept of one call. Amounts are in credits, as text; prices in micro-credits per million tokens.
package struct UsageDocument: Codable, Hashable, Sendable {
    package var call: String
    package var at: Date
    package var key: String
    package var user: String
    package var deployment: String
    package var endpoint: String
    package var stream: Bool
    package var status: Int
    package var error: String?
    package var inputTokens: Int
    package var cachedInputTokens: Int
    package var outputTokens: Int
    package var reasoningTokens: Int
    package var estimated: Bool
    package var priceInput: Int64?
    package var priceCachedInput: Int64?
    package var priceOutput: Int64?
    /// In millionths.
    package var multiplier: Int64?
    /// In millionths.
    package var tierFactor: Int64?
    package var cost: String
    package var shortfall: String
    package var firstByteMs: Int?
    package var durationMs: Int
    package var connector: String?
    package var address: String?

    init(_ record: UsageRecord) {
        self.call = record.call.rawValue
        self.at = Date(timeIntervalSince1970: Double(record.time) / 1_000)
        self.key = record.key
        self.user = record.holder.rawValue
        self.deployment = record.deployment
        self.endpoint = record.endpoint
        self.stream = record.isStreamed
        self.status = record.status
        self.error = record.error
        self.inputTokens = record.usage.input
        self.cachedInputTokens = record.usage.cachedInput
        self.outputTokens = record.usage.output
        self.reasoningTokens = record.usage.reasoning
        self.estimated = record.isEstimated
        self.priceInput = record.tariff?.input
        self.priceCachedInput = record.tariff?.cachedInput
        self.priceOutput = record.tariff?.output
        self.multiplier = record.tariff?.multiplier
        self.tierFactor = record.tariff?.tierFactor
        self.cost = record.cost.description
        self.shortfall = record.shortfall.description
        self.firstByteMs = record.firstByte
        self.durationMs = record.duration
        self.connector = record.connector
        self.address = record.address
    }
}
