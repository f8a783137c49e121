import NIOCore
import Synchronization
import TunnelProtocol
import TunnelTransport
package import Vocabulary

/// A relay that gives its place to another one, and that other one.
extension Registry {
    /// What calls can be made for now.
    package func served() -> [DeploymentName] {
        self.state.withLock { state in
            let live = state.tunnels.values.filter { !$0.isDraining }
            return Set(live.flatMap { $0.posts.filter(\.value.offer.isHealthy).keys }).sorted()
        }
    }

    /// These were served until now, by tunnels that are about to come here: calls wait for them.
    package func expect(_ names: [DeploymentName]) {
        let now = self.clock()
        self.state.withLock { Self.note(names, of: nil, goneAt: now, in: &$0) }
    }

    /// Whether connectors were sent to another relay, or the relay is stopping.
    package var isLeaving: Bool { self.state.withLock { $0.isLeaving || $0.isDraining } }

    /// Sends every connector to the relay that takes connections from now on.
    ///
    /// Calls that still come here, on connections that callers have kept, go through the old tunnels for as long as there are some, and
    /// those that wait for a busy server go there now.
    package func sendAway() {
        let (entries, handings): ([TunnelEntry], [Handing]) = self.state.withLock { state in
            state.isLeaving = true
            return (state.tunnels.values.map(\.entry), state.lines.keys.flatMap { self.serve($0, in: &state) })
        }
        Self.hand(handings)
        for entry in entries {
            entry.eventLoop.execute { entry.tunnel.value.send(.drain(lastStream: nil)) }
        }
    }
}
