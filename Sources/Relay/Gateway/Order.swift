import Admission
import Dialects
import NIOCore
import Vocabulary

/// A request that has been understood, before anybody has looked whether it may be made.
enum Order {
    case passed(PreparedRequest)
    indirect case translated(Translation)

    /// What the caller put in the place of the model's name.
    var model: String {
        switch self {
        case .passed(let prepared): prepared.model
        case .translated(let translation): translation.model
        }
    }

    /// Whether the answer is to be streamed to the caller.
    var isStreamed: Bool {
        switch self {
        case .passed(let prepared): prepared.streams
        case .translated(let translation): translation.streams && !translation.isInBackground
        }
    }

    /// Whether the answer is kept for its caller, who does not wait for it.
    var isInBackground: Bool {
        if case .translated(let translation) = self { translation.isInBackground } else { false }
    }

    /// - Parameter now: tells the seconds since 1970.
    func form(of request: Gateway.Request, now: () -> Int) -> Call.Form {
        switch self {
        case .passed(let prepared): .passed(prepared, body: request.body)
        case .translated(let translation):
            .translated(
                translation,
                AnswerIdentity(
                    digits: request.id.digits,
                    created: request.created ?? now(),
                    model: translation.model
                )
            )
        }
    }
}

extension Gateway {
    /// Reads a request's body. What is translated is read whole, where this is called.
    func understood(_ request: Request) throws(GatewayError) -> Order {
        switch request.facts {
        case .success(let facts): return .passed(try PreparedRequest(facts, endpoint: request.endpoint))
        case .failure(let fault): throw GatewayError(.invalidRequest, fault.message)
        case nil: return .translated(try self.translation(of: request))
        }
    }

    /// Whether a request is to be read away from the event loop: one that is translated, and so long that others there
    /// would wait for it.
    func isLong(_ request: Request) -> Bool {
        guard case nil = request.facts else { return false }
        return request.body.readableBytes > Self.shortBody
    }

    /// What is read on the event loop, in bytes: about a millisecond's work.
    private static let shortBody = 256 * 1024

    func translation(of request: Request) throws(GatewayError) -> Translation {
        let memory = self.memory(of: request.caller)
        var translation = try Translation(request.endpoint, reading: request.body, memory: memory)
        translation.splitsThinkTags = self.splitsThinkTags
        return translation
    }
}
