package import NIOCore
package import TunnelProtocol
package import TunnelTransport

/// What the uplink asks and tells the rest of the connector; called on any event loop.
package protocol UplinkDelegate: Sendable {
    /// Who takes the calls of a tunnel that lives on this event loop; called there, once for each tunnel.
    func acceptor(on eventLoop: any EventLoop) -> any StreamAcceptor
    /// What is served now.
    func deployments() -> [ControlMessage.DeploymentState]
    /// The relay has accepted a tunnel, and said what its token may publish.
    func welcomed(_ welcome: ControlMessage.Welcome)
    /// The relay said which names it took.
    func published(_ published: ControlMessage.Published)
    /// Calls under way that may go on in another tunnel: those that one carries, and those that none does now.
    var keptCalls: Int { get }
    /// Calls that wait for a tunnel in which they can go on.
    var suspendedCalls: Int { get }
    /// Callers of these calls left while no tunnel was there to say so.
    func cancel(_ calls: [CallStreamName])
    /// The relay wants the upstreams to be looked at anew.
    func probeNow()
}

/// Takes the calls of tunnels of one event loop, and is used there only.
package protocol StreamAcceptor: AnyObject {
    /// A stream of the relay.
    /// - Parameter isLeaving: whether only calls that are under way may go on there.
    func accept(_ stream: TunnelStream, isLeaving: Bool) -> any TunnelStreamHandler
}
