package import NIOCore
package import Vocabulary

/// One streamed answer on its way from a model server to a caller who is told it in another form; a pure value.
///
/// ```
/// (receive | keepAlive)* ─▶ finish | fail
/// ```
package protocol AnswerStream {
    /// What the model server said it used, once it did.
    var usage: Usage? { get }
    /// About how many tokens of the answer passed by.
    var tokens: Int { get }
    /// Nothing more is to be expected: what follows is ``finish(now:)``.
    var hasEnded: Bool { get }
    /// The whole answer as one object, once the stream has ended, where a dialect's servers keep it.
    var response: ByteBuffer? { get }

    /// Takes a piece of the model server's stream.
    /// - Returns: what to say of it; may be empty.
    mutating func receive(_ piece: ByteBuffer) -> ByteBuffer
    /// The model server's stream has ended.
    /// - Parameter now: seconds since 1970.
    mutating func finish(now: Int) -> AnswerEnding
    /// The answer cannot come to its end.
    /// - Returns: what says so, and ends the stream.
    mutating func fail(_ error: GatewayError) -> ByteBuffer
    /// A sign of life.
    /// - Parameter minute: whether a minute has passed without an event.
    mutating func keepAlive(minute: Bool) -> ByteBuffer
}

/// How a streamed answer ended.
package enum AnswerEnding {
    /// The bytes are the last ones.
    case complete(ByteBuffer)
    /// The answer is not whole, for this reason. The bytes are what was still said; ``AnswerStream/fail(_:)`` ends the stream.
    case failed(GatewayError, said: ByteBuffer)
}
