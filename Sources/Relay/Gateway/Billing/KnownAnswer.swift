import NIOCore
import Vocabulary

/// A call that was answered and paid for before, under the same name: its answer is told once more.
final class KnownAnswer: OpenCall {
    private let pieces: [ByteBuffer]
    private let call: Call
    private let observer: any CallObserver
    private weak var responder: (any CallResponder)?

    init(_ pieces: [ByteBuffer], of call: Call, observer: any CallObserver, responder: any CallResponder) {
        self.pieces = pieces
        self.call = call
        self.observer = observer
        self.responder = responder
    }

    func start() {
        self.responder?.respond(status: 200, pieces: self.pieces, retryAfter: nil)
        let size = self.pieces.reduce(0) { $0 + $1.readableBytes }
        self.observer.callEnded(
            CallRecord(of: self.call, .completed, status: 200, bytesOut: size, isUnserved: true)
        )
    }

    func callerLeft() {}

    func callerWritable() {}
}
