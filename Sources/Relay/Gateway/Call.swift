package import Dialects
package import NIOCore
package import Vocabulary

/// One call as it was asked: who, what, and how its answer is to be shaped.
package struct Call: Sendable {
    /// What becomes of a request on its way to the model server.
    package enum Form: Sendable {
        /// It goes as it came, but for a few places.
        case passed(PreparedRequest, body: ByteBuffer)
        /// It is said in other words, and so is its answer.
        case translated(Translation, AnswerIdentity)
    }

    package var id: CallID
    package var endpoint: Endpoint
    /// The deployment's public name, which the answer echoes.
    package var deployment: DeploymentName
    /// The id of the key.
    package var key: String
    /// The id of the key's user.
    package var user: String
    /// Where the caller is, if that is to be kept.
    package var address: String?
    package var form: Form
    /// In which words the server is asked that the call is placed on.
    package var manner = Manner.translated
    /// What its errors are called.
    package var errorCodes = ErrorCodes()
    /// Headers of the caller that an upstream may see.
    package var passedHeaders: [(name: String, value: String)]
    /// The size of the request's body.
    package var bytesIn: Int
    package var arrived: NIODeadline
    package var complete: NIODeadline
    /// What the conversation begins with, as a number, where it was asked for.
    package var prefix: UInt64?

    /// The body is not needed any more: a slice of what was read from the caller, it keeps all of that alive.
    mutating func letGoOfBody() {
        switch self.form {
        case .passed(let prepared, _):
            self.form = .passed(prepared, body: ByteBuffer())
        case .translated(var translation, let identity):
            translation.letGoOfBody()
            self.form = .translated(translation, identity)
        }
    }

    /// Chooses how a server is asked; `false` when it cannot say what is wanted.
    mutating func choose(for server: ModelServer) -> Bool {
        guard case .translated(let translation, _) = self.form else { return true }
        guard let manner = translation.manner(for: server) else { return false }
        self.manner = manner
        return true
    }

    /// The path at the model server.
    var upstreamPath: String { self.manner.service?.path ?? self.endpoint.upstreamPath }

    /// What is answered when no server counts: about how many tokens the request has; `nil` when that is not asked.
    var estimate: ByteBuffer? {
        guard self.endpoint.countsTokens, case .translated(let translation, _) = self.form else { return nil }
        return translation.tokenCount(translation.estimatedTokens)
    }

    package var isStreamed: Bool {
        if self.endpoint.countsTokens { return false }
        return switch self.form {
        case .passed(let prepared, _): prepared.streams
        case .translated(let translation, _): translation.streams
        }
    }

    /// Whether the answer is kept for its caller, who does not wait for it.
    package var isInBackground: Bool {
        guard case .translated(let translation, _) = self.form else { return false }
        return translation.isInBackground
    }

    /// Whether the caller asked for the chunk with the usage.
    package var wantsUsage: Bool {
        if case .passed(let prepared, _) = self.form { prepared.wantsUsage } else { false }
    }

    /// What a streamed answer is made of.
    package var streamType: StreamType {
        switch self.form {
        case .passed: .events
        case .translated(let translation, _): translation.streamType
        }
    }
}
