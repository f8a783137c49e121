package import Dialects
package import NIOCore
package import Vocabulary

/// One call as it was asked: who, what, and how its answer is to be shaped.
///
/// It is handed on from one to the next until its end, always by one at a time and on one event loop; so it is one object
/// with one identity, and costs the same however much it holds.
package final class Call {
    /// What becomes of a request on its way to the model server.
    package enum Form: Sendable {
        /// It goes as it came, but for a few places.
        case passed(PreparedRequest, body: ByteBuffer)
        /// It is said in other words, and so is its answer.
        indirect case translated(Translation, AnswerIdentity)
    }

    package let id: CallID
    package let endpoint: Endpoint
    /// The deployment's public name, which the answer echoes.
    package let deployment: DeploymentName
    /// The id of the key.
    package let key: String
    /// The id of the key's user.
    package let user: String
    /// Where the caller is, if that is to be kept.
    package let address: String?
    package private(set) var form: Form
    /// In which words the server is asked that the call is placed on.
    package var manner = Manner.translated
    /// What its errors are called.
    package let errorCodes: ErrorCodes
    /// Whether the caller is not told what the model server says of its errors.
    package let hidesUpstreamText: Bool
    /// Headers of the caller that an upstream may see.
    package let passedHeaders: [(name: String, value: String)]
    /// The size of the request's body.
    package let bytesIn: Int
    /// Tokens of the prompt, about.
    package let prompt: Int
    package let arrived: NIODeadline
    package let complete: NIODeadline
    /// What the conversation begins with, as a number, where it was asked for.
    package var prefix: UInt64?
    package let isStreamed: Bool
    /// How many events of a streamed answer the caller has had before a model server began it.
    private var told = 0

    package init(
        id: CallID,
        endpoint: Endpoint,
        deployment: DeploymentName,
        key: String,
        user: String,
        address: String? = nil,
        form: Form,
        errorCodes: ErrorCodes = ErrorCodes(),
        hidesUpstreamText: Bool = false,
        passedHeaders: [(name: String, value: String)],
        bytesIn: Int,
        prompt: Int = 0,
        arrived: NIODeadline,
        complete: NIODeadline
    ) {
        self.id = id
        self.endpoint = endpoint
        self.deployment = deployment
        self.key = key
        self.user = user
        self.address = address
        self.form = form
        self.errorCodes = errorCodes
        self.hidesUpstreamText = hidesUpstreamText
        self.passedHeaders = passedHeaders
        self.bytesIn = bytesIn
        self.prompt = prompt
        self.arrived = arrived
        self.complete = complete
        self.isStreamed = !endpoint.countsTokens && form.isStreamed
    }

    /// Nobody who has the call needs the body any more: a slice of what was read from the caller, it keeps all of that alive.
    ///
    /// When the call is handed on, this is the receiver's to call.
    func letGoOfBody() {
        switch self.form {
        case .passed(let prepared, _):
            self.form = .passed(prepared, body: ByteBuffer())
        case .translated(var translation, let identity):
            translation.letGoOfBody()
            self.form = .translated(translation, identity)
        }
    }

    /// Chooses how a server is asked; `false` when it cannot say what is wanted.
    func choose(for server: ModelServer) -> Bool {
        guard case .translated(let translation, _) = self.form else { return true }
        guard let manner = translation.manner(for: server) else { return false }
        self.manner = manner
        return true
    }

    /// Why the server that it is placed on cannot be asked for all that is wanted; `nil` when it can.
    var refusal: GatewayError? {
        guard self.manner == .translated, case .translated(let translation, _) = self.form else { return nil }
        return translation.refusalToTranslate
    }

    /// The path at the model server.
    var upstreamPath: String { self.manner.service?.path ?? self.endpoint.upstreamPath }

    /// What is answered when no server counts: about how many tokens the request has; `nil` when that is not asked.
    var estimate: ByteBuffer? {
        guard self.endpoint.countsTokens, case .translated(let translation, _) = self.form else { return nil }
        return translation.tokenCount(translation.estimatedTokens)
    }

    /// Whether the answer is kept for its caller, who does not wait for it.
    package var isInBackground: Bool {
        guard case .translated(let translation, _) = self.form else { return false }
        return translation.isInBackground
    }

    /// What a streamed answer is made of.
    package var streamType: StreamType {
        switch self.form {
        case .passed: .events
        case .translated(let translation, _): translation.streamType
        }
    }

    /// What keeps its caller's connection open while no model server has begun to answer.
    /// - Parameter minute: whether a minute has passed without an event.
    func signOfWaiting(minute: Bool) -> ByteBuffer {
        guard case .translated(let translation, let identity) = self.form else { return ChatStream.keepAlive }
        guard minute, let event = translation.eventOfWaiting(identity, told: &self.told) else {
            return translation.signOfWaiting
        }
        return event
    }

    /// Tells its streamed answer in the words of the caller's dialect; `nil` in Chat.
    func makeStream() -> (any AnswerStream)? {
        guard case .translated(let translation, let identity) = self.form else { return nil }
        return if case .native = self.manner {
            translation.makePassage(identity, told: self.told)
        } else {
            translation.makeStream(identity, told: self.told)
        }
    }
}

extension Call.Form {
    fileprivate var isStreamed: Bool {
        switch self {
        case .passed(let prepared, _): prepared.streams
        case .translated(let translation, _): translation.streams
        }
    }
}
