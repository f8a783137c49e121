/// What stands before a relay in place of its own port: connectors and callers come to it.
package protocol Front: Sendable {
    /// Where it is, for a connector.
    var url: String { get }
    var port: Int { get }
    func stop() async
}
