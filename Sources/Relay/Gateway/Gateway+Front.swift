import Accounts
import Admission
package import Dialects
import Routing
package import Vocabulary

/// Who calls: a key that was recognised when the request began.
package struct Caller: Sendable {
    let key: RecognisedKey
    /// The number of the caller's WebSocket, which has a memory of its own.
    var connection: Int?
}

/// What the front asks before and beside calls.
extension Gateway {
    /// Accepts or refuses a caller by the headers that may carry a key, in the order in which they count.
    package func identify(authorization: String?, apiKey: String?, googleKey: String?) throws(GatewayError) -> Caller {
        let credential = try Credential(authorization: authorization, apiKey: apiKey, googleKey: googleKey)
        return Caller(key: try self.gatekeeper.authenticate(credential))
    }

    /// The deployments that the caller may use, by name.
    package func models(for caller: Caller) throws(GatewayError) -> [ModelCard] {
        let lengths = self.registry.contextLengths()
        return try self.gatekeeper.visibleDeployments(to: caller.key).map { deployment in
            ModelCard(
                id: deployment.name.rawValue,
                created: deployment.created,
                ownedBy: "adit",
                contextLength: lengths[deployment.name]
            )
        }
    }

    /// Whether new calls are refused because the relay stops.
    package var isStopping: Bool { self.registry.isDraining }

    /// Calls that are with an upstream now.
    package var openCalls: Int { self.registry.openCalls }

    /// From now on new calls are refused, and connectors are told to look elsewhere.
    package func stopTakingCalls() {
        self.registry.drainAll()
    }

    /// Ends every tunnel.
    package func endTunnels(because reason: String) {
        self.registry.closeAll(because: reason)
    }
}
