import NIOCore

/// One request's way to a model server; every member is used on one event loop.
///
/// A socket in production, the demo model without one, a script in tests.
protocol UpstreamExchange: AnyObject {
    /// Begins the request.
    func send(head: UpstreamRequestHead)
    /// Adds to the request's body.
    func send(body: ByteBuffer)
    /// The request is complete.
    func sendEnd()
    /// Hands on what was sent since the last time.
    func flush()
    /// Whether the server takes more of the body now; ``AnswerReceiver/exchangeWritable()`` says when it does again.
    var isWritable: Bool { get }
    /// Stops reading the answer; what was read already still comes.
    func pauseReading()
    /// Reads on.
    func resumeReading()
    /// Gives up: the connection is closed at once, which is what stops a model, and its receiver hears nothing more.
    func close()
}

/// Who asked, and hears the answer; every method runs on the exchange's event loop.
///
/// In order: opened or failed to open; then began, continued…, ended. An exchange that broke says nothing more.
protocol AnswerReceiver: AnyObject {
    /// The connection was made; nothing has been sent.
    func exchangeOpened(_ exchange: any UpstreamExchange)
    /// The connection could not be made; nothing has been sent.
    func exchangeFailedToOpen(_ error: any Error)
    /// The server takes more of the body, after ``UpstreamExchange/isWritable`` was false.
    func exchangeWritable()
    /// The head of the answer.
    func answerBegan(_ head: AnswerHead)
    /// Bytes of the answer: a slice of what was read, as it came.
    func answerContinued(_ bytes: ByteBuffer)
    /// The answer is complete; ``answerReadComplete()`` follows.
    func answerEnded()
    /// No more bytes in this turn.
    func answerReadComplete()
    /// The server broke off, or answered what is no HTTP.
    func answerBroke(_ error: any Error)
}

/// Where exchanges with one model server begin, on one event loop.
protocol ExchangeOpener: AnyObject {
    /// Begins an exchange for a receiver.
    func open(for receiver: any AnswerReceiver) -> UpstreamOpening
    /// Closes what waits for a next call, and keeps nothing from now on.
    func closeIdle()
    /// Connections that exist, whatever they do.
    var connectionCount: Int { get }
}

/// How an exchange began.
enum UpstreamOpening {
    /// A connection was there; the receiver is not told.
    case open(any UpstreamExchange)
    /// One is being made; the receiver will be told.
    case pending(UpstreamAttempt)
}

/// Why an exchange ended before its answer did.
enum UpstreamFault: Error, Equatable {
    /// The server closed the connection.
    case closed
    /// No connection was made in time.
    case connectTimedOut
}
