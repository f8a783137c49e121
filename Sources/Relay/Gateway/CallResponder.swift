package import Dialects
package import NIOCore
package import Vocabulary

/// Where the answer of one call is written to: the caller's connection. Used on the call's event loop only.
package protocol CallResponder: AnyObject {
    /// Whether the caller's connection takes more bytes now.
    var isWritable: Bool { get }
    /// What the answer's headers are to say of limits; comes before everything else, if at all.
    func announce(_ limits: LimitReport)
    /// Begins a streamed answer with status 200.
    /// - Parameter keepsBody: whether the request's body is still needed, as no server has it yet: it counts as held until
    ///   ``letGoOfBody()``, or until the end.
    func beginStream(_ type: StreamType, keepsBody: Bool)
    /// A server has taken the call whose stream was begun before: the request's body is needed no more.
    func letGoOfBody()
    /// Writes bytes of a streamed answer; they leave with the next ``flush()``.
    func write(_ bytes: ByteBuffer)
    /// Sends what was written.
    func flush()
    /// Ends a streamed answer in order.
    func endStream()
    /// Writes one whole answer.
    /// - Parameters:
    ///   - status: the HTTP status.
    ///   - pieces: the JSON body, in pieces that follow each other.
    ///   - retryAfter: seconds for `retry-after`, if any.
    func respond(status: Int, pieces: [ByteBuffer], retryAfter: Int?)
    /// Writes a number of tokens.
    /// - Parameters:
    ///   - count: the whole body.
    ///   - isExact: whether a tokenizer has counted.
    func respond(count: ByteBuffer, isExact: Bool)
    /// Writes an error in the caller's dialect.
    func respond(_ error: GatewayError)
}

extension CallResponder {
    /// Says nothing: who has no headers of its own for each answer has no place for it.
    package func announce(_ limits: LimitReport) {}

    /// Begins a streamed answer of which something is there: the request's body is needed no more.
    package func beginStream(_ type: StreamType) { self.beginStream(type, keepsBody: false) }

    /// Does nothing: who counts no bodies has none to let go of.
    package func letGoOfBody() {}

    package func respond(count: ByteBuffer, isExact: Bool) {
        self.respond(status: 200, pieces: [count], retryAfter: nil)
    }
}

/// A call whose request is complete, until its answer is. Used on the call's event loop only.
package protocol OpenCall: AnyObject {
    /// Begins; called once, when the caller's side is ready to hear of it.
    func start()
    /// The caller left: whatever is done for the call ends.
    func callerLeft()
    /// The caller's connection takes bytes again.
    func callerWritable()
    /// The answer cannot be taken to its end, although its caller is there.
    func fail(_ error: GatewayError)
}

extension OpenCall {
    /// Ends without a word: nothing of it is answered later.
    package func fail(_ error: GatewayError) { self.callerLeft() }
}
