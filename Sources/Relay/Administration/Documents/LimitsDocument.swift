internal import Accounts

/// Limits as the API shows them and is told them; members that are absent limit nothing, or are left as they are.
package struct LimitsDocument: Codable, Hashable, Sendable {
    package var requestsPerMinute: Int?
    package var requestsPerDay: Int?
    package var tokensPerMinute: Int?
    package var concurrentCalls: Int?

    package init(
        requestsPerMinute: Int? = nil,
        requestsPerDay: Int? = nil,
        tokensPerMinute: Int? = nil,
        concurrentCalls: Int? = nil
    ) {
        self.requestsPerMinute = requestsPerMinute
        self.requestsPerDay = requestsPerDay
        self.tokensPerMinute = tokensPerMinute
        self.concurrentCalls = concurrentCalls
    }

    /// Refuses members that there are not: a misspelt limit must not let everything through.
    package init(from decoder: any Decoder) throws {
        let known = ["requestsPerMinute", "requestsPerDay", "tokensPerMinute", "concurrentCalls"]
        let container = try decoder.container(keyedBy: MemberName.self)
        if let unknown = container.allKeys.first(where: { !known.contains($0.stringValue) }) {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath + [unknown], debugDescription: "there is no such limit")
            )
        }
        self.requestsPerMinute = try container.decodeIfPresent(Int.self, forKey: MemberName(known[0]))
        self.requestsPerDay = try container.decodeIfPresent(Int.self, forKey: MemberName(known[1]))
        self.tokensPerMinute = try container.decodeIfPresent(Int.self, forKey: MemberName(known[2]))
        self.concurrentCalls = try container.decodeIfPresent(Int.self, forKey: MemberName(known[3]))
    }

    /// Whether nothing is said.
    package var isEmpty: Bool { self == LimitsDocument() }
}

/// Any member of an object.
private struct MemberName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) {
        self.stringValue = name
    }

    init?(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) { nil }
}

extension LimitsDocument {
    /// Answers `nil` when nothing is limited.
    init?(_ limits: Limits) {
        guard limits != .none else { return nil }
        self.init(
            requestsPerMinute: limits.requestsPerMinute,
            requestsPerDay: limits.requestsPerDay,
            tokensPerMinute: limits.tokensPerMinute,
            concurrentCalls: limits.concurrentCalls
        )
    }

    /// Changes what is said; 0 takes a limit away.
    func apply(to limits: inout Limits) {
        let changed = { (said: Int?, old: Int?) in said.map { $0 == 0 ? nil : $0 } ?? old }
        limits.requestsPerMinute = changed(self.requestsPerMinute, limits.requestsPerMinute)
        limits.requestsPerDay = changed(self.requestsPerDay, limits.requestsPerDay)
        limits.tokensPerMinute = changed(self.tokensPerMinute, limits.tokensPerMinute)
        limits.concurrentCalls = changed(self.concurrentCalls, limits.concurrentCalls)
    }
}
