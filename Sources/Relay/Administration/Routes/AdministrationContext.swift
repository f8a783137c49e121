internal import Hummingbird
internal import Logging
internal import Vocabulary

/// What is kept for one request.
struct AdministrationContext: RequestContext {
    /// Which way it came in.
    enum Door: Sendable {
        /// The relay's own socket.
        case socket
        /// The public port, from an address.
        case network(NetworkAddress?)
    }

    var coreContext: CoreRequestContextStorage
    let door: Door
    /// Whoever asks; set before a handler sees it, unless everybody may ask.
    var principal: Principal?
    let subject = Subject()
    var maxUploadSize: Int { AdministrationAPI.bodyLimit }

    init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.door = .socket
    }

    init(_ door: Door, logger: Logger) {
        self.coreContext = CoreRequestContextStorage(source: DeskSource(logger: logger))
        self.door = door
    }

    /// Where the request comes from; `nil` through the socket.
    var address: String? {
        if case .network(let address) = self.door { address.map { "\($0)" } ?? "unknown" } else { nil }
    }

    /// The part of the path that stands for a name or an id, decoded.
    func name(_ parameter: String) throws(Problem) -> String {
        guard let name = self.parameters.get(parameter).flatMap({ PathSegment.decode($0) }),
            !name.isEmpty
        else {
            throw Problem(
                .badRequest,
                "The path does not name a \(parameter) in UTF-8 with whole percent escapes."
            )
        }
        return name
    }
}

private struct DeskSource: RequestContextSource {
    let logger: Logger
}
