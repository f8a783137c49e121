package import NIOCore
package import Vocabulary

/// Tells a stream of ``AnswerEvent`` in one dialect, in its exact grammar; a pure value.
///
/// ```
/// begin ─▶ (write | keepAlive)* ─▶ finish | fail
/// ```
/// A stream never ends without ``finish(into:)``, which is the dialect's own terminal event, or ``fail(_:into:)``, its own error.
package protocol AnswerWriter {
    /// The server has begun to answer: what the dialect says before everything else.
    mutating func begin(into bytes: inout ByteBuffer)
    mutating func write(_ event: AnswerEvent, into bytes: inout ByteBuffer)
    /// The answer is whole; every choice has had its ``AnswerEvent/finish(_:choice:)``.
    mutating func finish(into bytes: inout ByteBuffer)
    /// The answer cannot come to its end.
    mutating func fail(_ error: GatewayError, into bytes: inout ByteBuffer)
    /// Something that the dialect's clients bear at any place between two events and that keeps the connection open.
    /// - Parameter minute: whether a minute has passed without an event, for clients whose patience counts events only.
    mutating func keepAlive(minute: Bool, into bytes: inout ByteBuffer)
    /// When the answer was whole, in seconds since 1970; told before ``finish(into:)`` by who has a clock.
    mutating func complete(at seconds: Int)
    /// The whole answer as one object, once the stream has ended, in a dialect whose servers keep it.
    var response: ByteBuffer? { get }
}

extension AnswerWriter {
    package mutating func complete(at seconds: Int) {}

    package var response: ByteBuffer? { nil }
}

/// What makes an answer one of its own, beside what the model says.
package struct AnswerIdentity: Hashable, Sendable {
    /// The call's id, of which every id in the answer is made; 24 hexadecimal digits.
    package var digits: String
    /// Seconds since 1970.
    package var created: Int
    /// The name that the caller asked for.
    package var model: String

    package init(digits: String, created: Int, model: String) {
        self.digits = digits
        self.created = created
        self.model = model
    }
}
