/// Knows how the relay is doing, for those who administer it.
package protocol StatusSource: Sendable {
    /// The state at this moment; asked for on every request for the status or for a deployment.
    func status() async -> StatusReport
}
