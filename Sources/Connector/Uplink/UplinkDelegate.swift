package import NIOCore
package import TunnelProtocol
package import TunnelTransport

/// What the uplink asks and tells the rest of the connector; called on any event loop.
package protocol UplinkDelegate: Sendable {
    /// A stream of the relay; on the tunnel's event loop.
    /// - Parameter isLeaving: whether only calls that are under way may go on there.
    func accept(
        _ stream: TunnelStream,
        on eventLoop: any EventLoop,
        isLeaving: Bool
    ) -> any TunnelStreamHandler
    /// What is served now.
    func deployments() -> [ControlMessage.DeploymentState]
    /// The relay has accepted a tunnel, and said what its token may publish.
    func welcomed(_ welcome: ControlMessage.Welcome)
    /// The relay said which names it took.
    func published(_ published: ControlMessage.Published)
    /// Callers of these calls left while no tunnel was there to say so.
    func cancel(_ calls: [CallStreamName])
    /// The relay wants the upstreams to be looked at anew.
    func probeNow()
}
