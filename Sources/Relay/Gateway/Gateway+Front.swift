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
    /// Where the caller of a WebSocket is.
    var address: NetworkAddress?
}

/// What makes it cheaper to accept a caller once more on the same connection.
package struct CallerMemory: Sendable {
    var shown = ShownSecret()

    package init() {}
}

/// What the front asks before and beside calls.
extension Gateway {
    /// Accepts or refuses a caller by the headers that may carry a key, in the order in which they count.
    /// - Parameters:
    ///   - address: where the caller is, as far as the relay can see; asked for when a key depends on it.
    ///   - endpoint: what is called, if it is a call.
    ///   - counts: whether a wrong key is noted; `false` for who asks the same again in a moment.
    ///   - memory: of the caller's connection.
    package func identify(
        authorization: String?,
        apiKey: String?,
        googleKey: String?,
        from address: @autoclosure () -> NetworkAddress?,
        for endpoint: Endpoint? = nil,
        counts: Bool = true,
        remembering memory: inout CallerMemory
    ) throws(GatewayError) -> Caller {
        let credential = try Credential(authorization: authorization, apiKey: apiKey, googleKey: googleKey)
        let dialects = endpoint?.neededDialects ?? []
        return Caller(
            key: try self.gatekeeper.authenticate(
                credential,
                from: address(),
                for: dialects,
                counts: counts,
                after: &memory.shown
            )
        )
    }

    /// The deployments that the caller may use, by name.
    package func models(for caller: Caller) throws(GatewayError) -> [ModelCard] {
        self.cards(of: try self.gatekeeper.visibleDeployments(to: caller.key))
    }

    /// The deployments that are shown to everybody, by name; `nil` when there are none.
    package var publicModels: [ModelCard]? { self.gatekeeper.publicDeployments.map(self.cards) }

    private func cards(of visible: [VisibleDeployment]) -> [ModelCard] {
        let lengths = self.registry.contextLengths()
        return visible.map { visible in
            ModelCard(
                id: visible.name.rawValue,
                otherNames: visible.otherNames.map(\.rawValue),
                created: visible.deployment.created,
                ownedBy: "adit",
                contextLength: lengths[visible.deployment.name]
            )
        }
    }

    /// Whether new calls are refused because the relay stops.
    package var isStopping: Bool { self.registry.isDraining }

    /// Whether another relay takes new connections.
    package var isLeaving: Bool { self.registry.isLeaving }

    /// Calls that are with an upstream now, and those that are to go on there although their tunnel has died.
    package var openCalls: Int { self.registry.unfinishedCalls }

    /// From now on new calls are refused, and connectors are told to look elsewhere.
    package func stopTakingCalls() {
        self.registry.drainAll()
        self.limiter.endWaiting()
    }

    /// Ends every tunnel.
    package func endTunnels(because reason: String) {
        self.registry.closeAll(because: reason)
    }
}

extension Endpoint {
    /// What a key's group must allow for it.
    var neededDialects: AllowedDialects {
        switch self {
        case .chatCompletions, .completions: .chat
        case .embeddings: .embeddings
        case .messages, .messagesTokenCount: .messages
        case .responses, .responsesTokenCount: .responses
        case .generateContent, .geminiTokenCount, .embedContent: .gemini
        }
    }
}
