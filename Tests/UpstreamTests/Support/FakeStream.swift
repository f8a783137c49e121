import NIOCore
import TunnelProtocol
import TunnelTransport

@testable import Upstream

/// A call's stream without a tunnel: remembers what is done with it.
final class FakeStream: CallStream {
    var isWritable = true
    private(set) var sent = ByteBuffer()
    /// The sizes of what was sent, piece by piece.
    private(set) var pieces: [Int] = []
    private(set) var isFinished = false
    private(set) var credit = 0
    private(set) var stopped: ApplicationErrorCode?
    private(set) var abandoned: ApplicationErrorCode?
    /// Called after each of these.
    var changed: () -> Void = {}

    func send(_ bytes: ByteBuffer, isFinal: Bool) {
        precondition(!self.isFinished && self.abandoned == nil, "sent after the end")
        self.pieces.append(bytes.readableBytes)
        self.sent.writeImmutableBuffer(bytes)
        self.isFinished = isFinal
        self.changed()
    }

    func takesMore() -> Bool { self.isWritable }

    /// What the relay has taken.
    var taken: UInt64 = 0

    /// Who was given the stream.
    private(set) var heir: (any TunnelStreamHandler)?

    func hand(to handler: any TunnelStreamHandler) { self.heir = handler }

    func consumed(_ count: Int) {
        precondition(count > 0 || self.isFinished)
        self.credit += count
        self.changed()
    }

    func stopSending(_ code: ApplicationErrorCode) {
        self.stopped = code
        self.changed()
    }

    func abandon(_ code: ApplicationErrorCode) {
        precondition(self.abandoned == nil, "abandoned twice")
        self.abandoned = code
        // As a tunnel does.
        self.heir = nil
        self.changed()
    }

    /// What was sent, as messages understand it.
    func answer() throws -> Answer { try Answer(self.sent) }

    struct Answer: Equatable {
        var head: BinaryHTTP.ResponseHead?
        var chunks: [String] = []
        var isComplete = false

        init() {}

        init(_ bytes: ByteBuffer) throws {
            var decoder = BinaryHTTP.Decoder(.response)
            decoder.receive(bytes)
            while let part = try decoder.next() {
                switch part {
                case .responseHead(let head): self.head = head
                case .content(let bytes): self.chunks.append(String(buffer: bytes))
                case .end: self.isComplete = true
                case .requestHead: break
                }
            }
        }

        var text: String { self.chunks.joined() }
        func field(_ name: String) -> String? { self.head?.fields.first { $0.name == name }?.value }
    }
}

/// A request as the relay writes it.
struct RelayRequest {
    var method = "POST"
    var path = "/v1/chat/completions"
    var call = "req_1"
    var deployment: String? = "gemma"
    var fields: [(String, String)] = [("content-type", "application/json")]
    var declaredLength: String?
    var content: [String] = ["{}"]
    var hasEnd = true

    var bytes: ByteBuffer {
        var fields = self.fields.map { BinaryHTTP.Field(name: $0.0, value: $0.1) }
        fields.append(.init(name: "adit-call", value: self.call))
        if let deployment { fields.append(.init(name: "adit-deployment", value: deployment)) }
        if let declaredLength { fields.append(.init(name: "content-length", value: declaredLength)) }
        var bytes = ByteBuffer()
        BinaryHTTP.write(
            BinaryHTTP.RequestHead(
                method: self.method,
                scheme: "http",
                authority: "upstream",
                path: self.path,
                fields: fields
            ),
            to: &bytes
        )
        for piece in self.content { BinaryHTTP.write(content: ByteBuffer(string: piece), to: &bytes) }
        if self.hasEnd { BinaryHTTP.writeEnd(trailers: [], to: &bytes) }
        return bytes
    }

    static func chunk(_ text: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        BinaryHTTP.write(content: ByteBuffer(string: text), to: &bytes)
        return bytes
    }

    static var end: ByteBuffer {
        var bytes = ByteBuffer()
        BinaryHTTP.writeEnd(trailers: [], to: &bytes)
        return bytes
    }
}
