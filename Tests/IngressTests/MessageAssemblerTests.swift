import NIOCore
import NIOWebSocket
import Testing

@testable import Ingress

@Suite("Frames of a WebSocket become messages")
struct MessageAssemblerTests {
    private static func frame(
        _ opcode: WebSocketOpcode,
        _ text: String = "",
        fin: Bool = true,
        masked: Bool = true,
        rsv1: Bool = false
    ) -> WebSocketFrame {
        let key: WebSocketMaskingKey? = masked ? [1, 2, 3, 4] : nil
        var bytes = ByteBuffer(string: text)
        if let key { bytes.webSocketMask(key) }
        var frame = WebSocketFrame(fin: fin, opcode: opcode, maskKey: key, data: bytes)
        frame.rsv1 = rsv1
        return frame
    }

    /// What a list of frames comes to in the end.
    private static func outcome(_ frames: [WebSocketFrame], limit: Int = 64) -> MessageAssembler.Outcome {
        var assembler = MessageAssembler(limit: limit)
        var last = MessageAssembler.Outcome.nothing
        for frame in frames { last = assembler.take(frame) }
        return last
    }

    @Test("whole, in pieces, and with questions in between")
    func messages() {
        let whole = MessageAssembler.Outcome.message(ByteBuffer(string: "adit"))
        #expect(Self.outcome([Self.frame(.text, "adit")]) == whole)
        let pieces = [
            Self.frame(.text, "", fin: false), Self.frame(.continuation, "ad", fin: false), Self.frame(.ping, "?"),
            Self.frame(.pong), Self.frame(.continuation, "it", fin: false), Self.frame(.continuation),
        ]
        #expect(Self.outcome(pieces) == whole)
        #expect(Self.outcome(Array(pieces.prefix(3))) == .ping(ByteBuffer(string: "?")))
        #expect(Self.outcome(Array(pieces.prefix(5))) == .nothing)
        #expect(Self.outcome([Self.frame(.text, "a"), Self.frame(.text, "adit")]) == whole)
        // A character may be cut in two by a frame's end.
        let half = Array("ä".utf8)
        var first = Self.frame(.text, "", fin: false)
        var second = Self.frame(.continuation, "")
        first.data = ByteBuffer(bytes: [half[0] ^ 1])
        second.data = ByteBuffer(bytes: [half[1] ^ 1])
        #expect(Self.outcome([first, second]) == .message(ByteBuffer(string: "ä")))
        #expect(Self.fault([first, Self.frame(.continuation)]) == .dataInconsistentWithMessage)
    }

    private static func fault(_ frames: [WebSocketFrame], limit: Int = 64) -> WebSocketErrorCode? {
        if case .fault(let code, _) = Self.outcome(frames, limit: limit) { code } else { nil }
    }

    @Test("what breaks the protocol")
    func faults() {
        #expect(Self.fault([Self.frame(.text, "{}", masked: false)]) == .protocolError)
        #expect(Self.fault([Self.frame(.text, "{}", rsv1: true)]) == .protocolError)
        #expect(Self.fault([Self.frame(.binary, "{}")]) == .unacceptableData)
        #expect(Self.fault([Self.frame(.continuation, "{}")]) == .protocolError)
        #expect(Self.fault([Self.frame(.text, "{", fin: false), Self.frame(.text, "}")]) == .protocolError)
        if let unknown = WebSocketOpcode(encodedWebSocketOpcode: 3) {
            #expect(Self.fault([Self.frame(unknown)]) == .protocolError)
        }
    }

    @Test("a message has its limit, however it is cut")
    func limit() {
        let exact = String(repeating: "x", count: 8)
        #expect(Self.outcome([Self.frame(.text, exact)], limit: 8) == .message(ByteBuffer(string: exact)))
        #expect(Self.fault([Self.frame(.text, exact + "x")], limit: 8) == .messageTooLarge)
        let pieces = [Self.frame(.text, "xxxx", fin: false), Self.frame(.continuation, "xxxxx", fin: false)]
        #expect(Self.fault(pieces, limit: 8) == .messageTooLarge)
    }

    @Test("a goodbye is answered with its own code")
    func close() {
        #expect(Self.outcome([Self.frame(.connectionClose)]) == .close(.normalClosure))
        for code: UInt16 in [1000, 1001, 1011, 3000, 4999] {
            #expect(Self.outcome([Self.goodbye(code)]) == .close(WebSocketErrorCode(codeNumber: Int(code))))
        }
        for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 2000, 5000] {
            #expect(Self.fault([Self.goodbye(code)]) == .protocolError, "\(code)")
        }
        #expect(Self.fault([Self.frame(.connectionClose, "x")]) == .protocolError)
    }

    private static func goodbye(_ code: UInt16) -> WebSocketFrame {
        var bytes = ByteBuffer(integer: code)
        bytes.webSocketMask([1, 2, 3, 4])
        return WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: [1, 2, 3, 4], data: bytes)
    }
}
