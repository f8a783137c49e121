/// How a connection enters: the one HTTP/1.1 request that turns it into a tunnel.
package enum TunnelUpgrade {
    /// The path that the connector asks for.
    package static let path = "/.well-known/adit/tunnel"
    /// The path at which a connector looks at its way to the relay.
    package static let probePath = "/.well-known/adit/probe"
    /// The value of `Upgrade`; an incompatible change of the protocol takes a new one.
    package static let token = "adit-tunnel-1"
    /// The value of `Upgrade` when the tunnel travels in the messages of a WebSocket (RFC 6455 §4.1); ``token`` is then the value of
    /// ``subprotocolHeader``.
    package static let webSocket = "websocket"
    package static let subprotocolHeader = "sec-websocket-protocol"
    /// The header with the connector's session: the same for all tunnels of one connector process.
    package static let sessionHeader = "adit-session"
    /// The header with the generation: a number that rises with every dial of a session.
    package static let generationHeader = "adit-generation"
    /// The header with the connector's software and version.
    package static let versionHeader = "adit-version"

    /// Whether a text may be a session id: 1 to 64 letters, digits, `-` and `_`.
    package static func isSession(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        return !bytes.isEmpty && bytes.count <= 64
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default:
                    false
                }
            }
    }
}
