import Dialects
import Gateway
import NIOCore
import Vocabulary

/// Writes the answer of one turn to its WebSocket, an event a message.
final class SocketTurn: CallResponder {
    let number: Int
    let lane: String?
    /// How much of its message counts as held, in bytes.
    var held: Int
    /// The call, from when it is on its way until its last word.
    var call: (any OpenCall)?
    private(set) var isOver = false
    private weak var socket: ResponsesSocket?

    init(_ turn: ResponsesConversation.Turn, on socket: ResponsesSocket) {
        self.number = turn.number
        self.lane = turn.lane
        self.held = turn.text.readableBytes
        self.socket = socket
    }

    var isWritable: Bool { self.socket?.isWritable ?? false }

    func beginStream(_ type: StreamType, keepsBody: Bool) { if !keepsBody { self.letGoOfBody() } }

    func letGoOfBody() { self.socket?.letGoOfMessage(of: self) }

    func write(_ bytes: ByteBuffer) {
        for message in Responses.messages(in: bytes) { self.socket?.write(message) }
    }

    func flush() { self.socket?.flush() }

    func endStream() { self.end() }

    func respond(status: Int, pieces: [ByteBuffer], retryAfter: Int?) {
        var body = ByteBuffer()
        for piece in pieces { body.writeImmutableBuffer(piece) }
        self.socket?.write(Responses.errorMessage(status: status, body: body, lane: self.lane))
        self.end()
    }

    func respond(_ error: GatewayError) {
        if let socket {
            socket.write(Responses.errorMessage(error.worded(by: socket.desk.errorCodes), lane: self.lane))
        }
        self.end()
    }

    private func end() {
        guard !self.isOver else { return }
        self.isOver = true
        self.call = nil
        self.socket?.flush()
        self.socket?.ended(self)
    }
}
