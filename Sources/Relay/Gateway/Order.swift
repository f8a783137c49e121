import Admission
import Dialects
package import NIOCore
package import Vocabulary

/// A request that has been understood, before anybody has looked whether it may be made.
enum Order {
    case passed(PreparedRequest)
    case translated(Translation)

    /// What the caller put in the place of the model's name.
    var model: String {
        switch self {
        case .passed(let prepared): prepared.model
        case .translated(let translation): translation.model
        }
    }

    /// - Parameter now: tells the seconds since 1970.
    func form(of request: Gateway.Request, now: () -> Int) -> Call.Form {
        switch self {
        case .passed(let prepared): .passed(prepared, body: request.body)
        case .translated(let translation):
            .translated(
                translation,
                AnswerIdentity(digits: request.id.digits, created: now(), model: translation.model)
            )
        }
    }
}

extension Gateway {
    /// Reads a request's body. What is translated is read whole, on the event loop of the caller's connection.
    func understood(_ request: Request) throws(GatewayError) -> Order {
        switch request.facts {
        case .success(let facts): return .passed(try PreparedRequest(facts, endpoint: request.endpoint))
        case .failure(let fault): throw GatewayError(.invalidRequest, fault.message)
        case nil: return .translated(try self.translation(of: request))
        }
    }

    /// About how many tokens a request has, in an answer of its dialect. It is authorised like a call, and needs no upstream.
    package func tokenCount(_ request: Request) throws(GatewayError) -> ByteBuffer {
        try self.gatekeeper.check(request.caller.key)
        let translation = try self.translation(of: request)
        _ = try self.gatekeeper.admit(request.caller.key, to: translation.model)
        return translation.tokenCount(translation.estimatedTokens)
    }

    private func translation(of request: Request) throws(GatewayError) -> Translation {
        let memory = self.memory(of: request.caller)
        return try Translation(request.endpoint, reading: request.body, memory: memory)
    }
}
