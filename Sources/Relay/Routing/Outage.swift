/// Why nobody serves a deployment now.
package enum Outage: Hashable, Sendable {
    /// No tunnel offers it.
    case noConnector
    /// Its connector says that the model server does not work, and why.
    case unhealthy(reason: String?)
    /// Those who serve it have refused the call.
    case unreachable
    /// Its connector takes no new calls.
    case leaving

    /// As part of a sentence that a caller may read.
    package var reason: String {
        switch self {
        case .noConnector: "no connector for it is online"
        case .unhealthy(let reason): reason ?? "its upstream is not healthy"
        case .unreachable: "its model server cannot be reached"
        case .leaving: "its connector is stopping"
        }
    }

    /// What is to be done, as a sentence that a caller may read.
    package var advice: String {
        switch self {
        case .noConnector: "Start its connector beside the model server, then try again."
        case .unhealthy, .unreachable: "Its connector runs: look after the model server behind it, then try again."
        case .leaving: "Try again when its connector is back."
        }
    }
}
