import NIOCore

/// A call that was answered and paid for before, under the same name: its answer is told once more.
final class KnownAnswer: OpenCall {
    private let pieces: [ByteBuffer]
    private weak var responder: (any CallResponder)?

    init(_ pieces: [ByteBuffer], to responder: any CallResponder) {
        self.pieces = pieces
        self.responder = responder
    }

    func start() { self.responder?.respond(status: 200, pieces: self.pieces, retryAfter: nil) }

    func callerLeft() {}

    func callerWritable() {}
}
