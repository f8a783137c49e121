/// What was awaited did not happen in time.
package struct DeadlineExceeded: Error, CustomStringConvertible {
    /// What was awaited.
    let what: String
    let seconds: Double

    package var description: String { "within \(self.seconds) s this did not happen: \(self.what)" }
}

/// Waits for the body, and throws ``DeadlineExceeded`` when it takes longer.
///
/// The body is cancelled at the deadline; everything in this module that waits ends at once when it is cancelled.
/// - Parameters:
///   - seconds: how long the body may take.
///   - what: what is awaited, for the error's text.
package func withDeadline<Value: Sendable>(
    _ seconds: Double,
    _ what: String,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            return nil
        }
        defer { group.cancelAll() }
        guard let first = try await group.next(), let value = first else {
            throw DeadlineExceeded(what: what, seconds: seconds)
        }
        return value
    }
}

/// Asks again and again until the condition holds; for states that only another process knows.
/// - Parameters:
///   - seconds: how long it may take until it holds.
///   - what: what is awaited, for the error's text.
package func eventually(
    within seconds: Double = 20,
    _ what: String,
    _ condition: @escaping @Sendable () async throws -> Bool
) async throws {
    try await withDeadline(seconds, what) {
        while try await !condition() { try await Task.sleep(for: .milliseconds(20)) }
    }
}
