import Gateway
import NIOCore
import NIOHTTP1
import Vocabulary

/// What the passing of time and broken requests do to a connection.
extension CallHandler: CallLane.Pulsed {
    func tick(now: NIODeadline) {
        let configuration = self.site.configuration
        switch self.phase {
        case .idle:
            // A connection that was made while the relay began to stop has not heard of it.
            let patience = self.hasBegun ? configuration.idleConnection : configuration.headerPatience
            if now - self.idleSince >= patience || self.site.gateway.isStopping { self.leave() }
        case .reading(let reading):
            guard now - reading.lastProgress >= configuration.bodyPatience else { return }
            self.asked.keepsAlive = false
            let seconds = configuration.bodyPatience.nanoseconds / 1_000_000_000
            let error = GatewayError(.requestTimeout, "The request's body made no progress for \(seconds) seconds.")
            self.turnAway(error, from: reading)
            self.close()
        case .readingAdministration(let reading):
            if now - reading.lastProgress >= configuration.bodyPatience { self.close() }
        case .discarding(let since):
            if now - since >= configuration.bodyPatience { self.close() }
        case .leaving(let then) where self.headers.isHTTP2:
            if now - then.since >= configuration.idleConnection { self.close() }
        case .leaving(let then):
            let unsent = self.unsent
            if unsent == 0 || (unsent == then.bytes && now - then.since >= configuration.idleConnection) {
                self.close()
            } else if unsent != then.bytes {
                self.phase = .leaving(Unsent(bytes: unsent, since: now))
            }
        case .asking, .answering, .closed:
            break
        }
    }

    /// The relay is stopping: a connection between two requests ends now, a busy one after its answer.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is RelayIsStopping {
            self.asked.keepsAlive = false
            if case .idle = self.phase { self.leave() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// What came is no HTTP request: says so when nothing else is being said, and ends the connection.
    func refuseBrokenRequest(_ error: any Error) {
        guard error is HTTPParserError || error is NIOHTTPDecoderError else { return self.close() }
        switch self.phase {
        case .idle, .reading, .readingAdministration, .discarding:
            self.asked.id = self.loop.lane.makeCallID(at: .now())
            self.asked.keepsAlive = false
            self.asked.isHead = false
            self.asked.version = .http1_1
            self.phase = .answering
            if (error as? HTTPParserError) == .invalidMethod { return self.refuseUnknownMethod() }
            let isTooLarge = (error as? HTTPParserError) == .headerOverflow || error is NIOHTTPDecoderError
            let limit = self.site.configuration.largestHeader
            self.respond(
                isTooLarge
                    ? GatewayError(.headerTooLarge, "The request's head is larger than the \(limit) bytes allowed.")
                    : GatewayError(.invalidRequest, "The request is not valid HTTP.")
            )
        case .leaving:
            // Whatever it was, it is not read.
            break
        case .asking, .answering, .closed:
            self.close()
        }
    }
}

extension CallHandler {
    /// Refuses a request that begins with no method of HTTP: of what follows nothing is read, so the route is not known.
    private func refuseUnknownMethod() {
        let known = "GET, HEAD, POST, DELETE, OPTIONS"
        self.respond(
            GatewayError(
                .methodNotAllowed,
                "What came begins with no method that is known; requests are made with \(known), in capitals."
            ),
            extra: [("allow", known)]
        )
    }
}

/// Sent through every pipeline when another relay takes new connections, some seconds before this one stops.
struct RelayIsLeaving: Sendable {}

/// Sent through every pipeline when the relay begins to stop.
struct RelayIsStopping: Sendable {}
