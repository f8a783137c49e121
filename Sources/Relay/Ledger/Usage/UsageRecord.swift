package import Vocabulary

/// What is kept of one call: who, what, how much, how long; never anything of prompt or answer.
package struct UsageRecord: Hashable, Sendable {
    package var call: CallID
    /// When the call was over, in milliseconds since 1970.
    package var time: Int64
    /// The key's id.
    package var key: String
    package var holder: HolderID
    package var deployment: String
    /// The endpoint's name, which tells the dialect.
    package var endpoint: String
    package var isStreamed: Bool
    /// The HTTP status.
    package var status: Int
    /// Why the call failed, if it did: a word of the access log.
    package var error: String?
    package var usage = Usage()
    /// Whether the tokens were estimated because the model server did not report them.
    package var isEstimated = false
    /// `nil` for a call that was not to be paid.
    package var tariff: Tariff?
    /// What was charged.
    package var cost = MicroCredits.zero
    /// What the call would have cost beyond that: the balance did not cover it.
    package var shortfall = MicroCredits.zero
    /// Milliseconds from the request's last byte to the answer's first one.
    package var firstByte: Int?
    /// Milliseconds from the request's head to the end.
    package var duration: Int
    /// The session of the connector that served it; `nil` for a call that never came to one.
    package var connector: String?
    /// The caller's address, where it is to be kept.
    package var address: String?

    package init(
        call: CallID,
        time: Int64,
        key: String,
        holder: HolderID,
        deployment: String,
        endpoint: String,
        isStreamed: Bool,
        status: Int,
        duration: Int
    ) {
        self.call = call
        self.time = time
        self.key = key
        self.holder = holder
        self.deployment = deployment
        self.endpoint = endpoint
        self.isStreamed = isStreamed
        self.status = status
        self.duration = duration
    }

    /// Whether the call came to a connector.
    package var isServed: Bool { self.connector != nil }
    /// The day on which the call was over, in UTC, counted from 1970.
    package var day: Int { Int(self.time / 86_400_000) }
}
