import TestSupport

extension Stand {
    /// The value of one sample of the relay's metrics, by its name and labels as they are written; `nil` when there is none.
    func metric(_ sample: String) async throws -> Double? {
        let page = try await self.caller.with(key: nil).get("/metrics").text
        return page.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
            .flatMap { Double($0.dropFirst(sample.count + 1)) }
    }

    /// Waits until so many calls stand in the line for something.
    func waiting(_ count: Int, for reason: String = "connector") async throws {
        let sample = "adit_waiting_calls{deployment=\"\(Self.deployment)\",for=\"\(reason)\"}"
        try await eventually("\(count) calls wait for the \(reason)") {
            try await self.metric(sample) ?? 0 == Double(count)
        }
    }

    /// How many waits for something have ended so.
    func waits(_ outcome: String, for reason: String = "connector") async throws -> Double {
        let labels = "{deployment=\"\(Self.deployment)\",for=\"\(reason)\",outcome=\"\(outcome)\"}"
        return try await self.metric("adit_waits_total\(labels)") ?? 0
    }
}
