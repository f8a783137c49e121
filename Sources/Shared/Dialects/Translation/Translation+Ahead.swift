import NIOCore
package import Vocabulary

/// A long request is not to be written on an event loop, nor its tokens be estimated there.
extension Translation {
    /// What was made of a request before it was known where its call goes.
    struct Ahead: Sendable {
        var manner: Manner
        var model: String
        var kind: UpstreamKind
        var body: ByteBuffer
        var estimatedTokens: Int?
    }

    /// Writes the body for the server that will most likely be asked; for another one it is written anew.
    /// - Parameters:
    ///   - upstreamModel: the model's name there.
    ///   - server: what it is and has.
    package mutating func writeAhead(upstreamModel: String, for server: ModelServer) {
        let manner = self.manner(for: server)
        self.ahead = Ahead(
            manner: manner ?? .translated,
            model: upstreamModel,
            kind: server.kind,
            body: manner.map { self.written($0, model: upstreamModel, kind: server.kind) } ?? ByteBuffer(),
            estimatedTokens: self.endpoint.countsTokens ? self.estimatedTokens : nil
        )
    }

    /// The body is not needed any more: what was written ahead goes, and what it was written of.
    package mutating func letGoOfBody() {
        guard self.ahead != nil else { return }
        self.ahead?.body = ByteBuffer()
        self.native?.letGoOfBody()
        // An answer is understood without what was asked.
        self.request.changeConversation { $0.messages = [] }
    }
}
