import Crypto
private import FoundationEssentials
import NIOHTTP1
import TunnelTransport

/// The question with which a WebSocket is opened, and its one right answer (RFC 6455 §4.1).
struct WebSocketKey: Sendable {
    /// 16 bytes in base64.
    let text: String

    init() {
        self.init(bytes: (0..<16).map { _ in UInt8.random(in: .min ... .max) })
    }

    init(bytes: [UInt8]) {
        self.text = Data(bytes).base64EncodedString()
    }

    /// What a server makes of it; SHA-1 only shows that it speaks WebSocket.
    var accept: String {
        let text = self.text + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        return Data(Insecure.SHA1.hash(data: Data(text.utf8))).base64EncodedString()
    }

    /// Whether an answer opens a WebSocket for a tunnel.
    func isGranted(_ head: HTTPResponseHead) -> Bool {
        head.status == .switchingProtocols
            && head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == TunnelUpgrade.webSocket }
            && head.headers.first(name: "sec-websocket-accept") == self.accept
            && head.headers[canonicalForm: TunnelUpgrade.subprotocolHeader].contains(TunnelUpgrade.token[...])
            && head.headers.first(name: "sec-websocket-extensions") == nil
    }
}
