import Dialects
import NIOCore
import Vocabulary

/// A call for a response in the background: answers its caller at once, and from then on stands in the caller's place,
/// where it hears the answer to the end.
///
/// The gateway owns it while the response is being made, whoever may have left. Used on the call's event loop only.
final class BackgroundCall: OpenCall, CallResponder {
    /// What makes the answer, once everything is ready for it.
    var work: (any OpenCall)?
    private let id: String
    private let gateway: Gateway
    private let caller: Caller
    /// What the caller is told if nothing has become of it yet.
    private let begun: ByteBuffer
    /// The caller's connection, until it has been answered.
    private weak var responder: (any CallResponder)?
    /// The size of the events so far.
    private var told = 0

    /// - Parameter begun: the response object while its answer is being made.
    init(
        _ id: String,
        of gateway: Gateway,
        for caller: Caller,
        begun: ByteBuffer,
        answeringTo responder: any CallResponder
    ) {
        self.id = id
        self.gateway = gateway
        self.caller = caller
        self.begun = begun
        self.responder = responder
    }

    /// Nobody wants the answer any more: the model server stops generating.
    func cancel() { self.work?.callerLeft() }

    // MARK: What its caller does

    func start() {
        self.work?.start()
        let responder = self.responder
        self.responder = nil
        // A tunnel on this event loop may have refused it already.
        let response = (try? self.gateway.response(self.id, of: self.caller)) ?? self.begun
        responder?.respond(status: 200, pieces: [response], retryAfter: nil)
    }

    /// The caller need not stay.
    func callerLeft() {}

    func callerWritable() {}

    /// The answer cannot be waited for.
    func fail(_ error: GatewayError) { self.work?.fail(error) }

    // MARK: What it hears in the caller's place

    var isWritable: Bool { true }

    func announce(_ limits: LimitReport) { self.responder?.announce(limits) }

    func beginStream(_ type: StreamType, keepsBody: Bool) {}

    func write(_ bytes: ByteBuffer) {
        // The events themselves are for nobody, but they tell how much of the answer is being kept.
        let limit = Answer.largestAnswer
        let wasWithin = self.told <= limit
        self.told += bytes.readableBytes
        guard wasWithin, self.told > limit else { return }
        self.fail(GatewayError(.upstreamFailed, "The model server answered with more than \(limit >> 20) MiB."))
    }

    func flush() {}

    func endStream() {
        // Whatever ended in the words of a response has been kept by now.
        self.end(.failed(GatewayError(.upstreamFailed, "The model server broke off the answer.")))
    }

    func respond(status: Int, pieces: [ByteBuffer], retryAfter: Int?) {
        var body = ByteBuffer()
        for piece in pieces { body.writeImmutableBuffer(piece) }
        self.end(.refused(status: status, body: body))
    }

    func respond(_ error: GatewayError) { self.end(.failed(error)) }

    private func end(_ ending: Responses.Ending) {
        self.gateway.endInBackground(self.id, ending)
    }
}
