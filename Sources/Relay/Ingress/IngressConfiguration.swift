package import NIOCore
package import Vocabulary

/// What the public side of the relay allows and for how long it waits.
package struct IngressConfiguration: Sendable {
    /// The largest request body, in bytes.
    package var largestBody = 64 * 1024 * 1024
    /// The largest request head, in bytes.
    package var largestHeader = 64 * 1024
    /// How long a connection may take until its first request's head is whole.
    package var headerPatience: TimeAmount = .seconds(30)
    /// How long a request's body may make no progress.
    package var bodyPatience: TimeAmount = .seconds(30)
    /// How long a connection may stay idle between requests.
    package var idleConnection: TimeAmount = .seconds(75)
    /// Origins that browsers may call from; `*` for all of them.
    package var corsOrigins: [String] = ["*"]
    /// Where the metrics may be read from; to others they are as if they were not there.
    package var metricsNetworks: [NetworkRange] = []
    /// How long running calls may take to end when the relay stops.
    package var drain: TimeAmount = .seconds(600)

    /// Whose word about a client's address counts.
    package var trustedProxies = TrustedProxies()
    /// Open connections of all together; 0 is no limit.
    package var mostConnections = 0
    /// Open connections of one address; 0 is no limit.
    package var mostConnectionsOfOne = 10_000
    /// New connections of one address in a second, as the mean of ten; 0 is no limit.
    package var newConnectionsOfOne = 1_000
    /// How much of requests' bodies is held at once, in bytes.
    package var largestBodies = 1 << 30

    package var webSocket = WebSocket()

    /// What is allowed on a WebSocket.
    package struct WebSocket: Sendable {
        /// Between two questions whether the client is still there.
        package var ping: TimeAmount = .seconds(25)
        /// How old a connection may be.
        package var age: TimeAmount = .minutes(60)

        package init() {}
    }

    package init() {}
}
