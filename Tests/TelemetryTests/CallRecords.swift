import NIOCore
import Vocabulary

@testable import Gateway

extension CallRecord {
    /// A call that ended well; tests change what they ask about.
    static func sample(
        endpoint: String = "chat.completions",
        deployment: String? = "gemma",
        key: String? = "key_1",
        isStreamed: Bool = true,
        outcome: Outcome = .completed,
        status: Int = 200,
        usage: Usage? = nil,
        timeToFirstByte: TimeAmount? = .milliseconds(20),
        duration: TimeAmount = .milliseconds(1_500),
        bytesIn: Int = 100,
        bytesOut: Int = 2_000,
        isUnserved: Bool = false
    ) -> Self {
        Self(
            id: CallID(rawValue: "req_000000000000000000000001"),
            endpoint: endpoint,
            deployment: deployment,
            key: key,
            isStreamed: isStreamed,
            outcome: outcome,
            status: status,
            usage: usage,
            timeToFirstByte: timeToFirstByte,
            duration: duration,
            bytesIn: bytesIn,
            bytesOut: bytesOut,
            isUnserved: isUnserved
        )
    }
}
