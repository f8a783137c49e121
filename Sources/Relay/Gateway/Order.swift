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
                request.identity(model: translation.model, created: request.created ?? now())
            )
        }
    }
}

extension Translation {
    /// Whether images must be fetched before the call is placed. Nothing is fetched to be counted.
    var fetchesImages: Bool { !self.endpoint.countsTokens && self.hasLinkedImages }
}

extension Gateway.Request {
    /// What its answer is called.
    /// - Parameter created: when it was begun, in seconds since 1970.
    fileprivate func identity(model: String, created: Int) -> AnswerIdentity {
        AnswerIdentity(digits: self.id.digits, created: created, model: model)
    }
}

extension Gateway {
    /// Reads a request's body, and what it refers to.
    /// - Returns: `nil` when that takes so long that it must not be done on an event loop: others there would wait for it. So does what
    ///   another relay has yet to write down.
    func understood(_ request: Request) throws(GatewayError) -> Order? {
        switch request.facts {
        case .success(let facts): return .passed(try PreparedRequest(facts, endpoint: request.endpoint))
        case .failure(let fault): throw GatewayError(.invalidRequest, fault.message)
        case nil: break
        }
        guard request.body.readableBytes <= Self.shortBody else { return nil }
        let recollection = Recollection(of: self, for: request, most: Self.shortBody)
        do throws(GatewayError) {
            return .translated(try self.translation(of: request, recollection))
        } catch {
            if recollection.isTooMuch || recollection.awaited != nil { return nil }
            throw error
        }
    }

    /// What is read on the event loop, in bytes: about a millisecond's work.
    package static let shortBody = 256 * 1024

    /// Reads a request that is translated, whole.
    func translation(of request: Request, _ recollection: Recollection) throws(GatewayError) -> Translation {
        var translation =
            if let parsed = request.parsed {
                try Translation(
                    turn: parsed.turn.body,
                    generates: parsed.turn.generates,
                    lane: parsed.turn.lane,
                    memory: recollection.memory
                )
            } else {
                try Translation(request.endpoint, reading: request.body, memory: recollection.memory)
            }
        translation.splitsThinkTags = self.splitsThinkTags
        translation.hidesUpstreamText = self.hidesUpstreamText
        if let wanted = translation.responses, !request.endpoint.countsTokens,
            wanted.stores || request.caller.connection != nil
        {
            translation.keepInput(request.identity(model: translation.model, created: 0))
        }
        return translation
    }
}
