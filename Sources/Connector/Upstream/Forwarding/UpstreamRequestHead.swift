import NIOCore
import TunnelProtocol

/// The head of a request to a model server, as its bytes, with exactly the fields that the server is to see.
struct UpstreamRequestHead {
    /// How the length of the body is told.
    enum BodyLength: Equatable {
        /// There is no body.
        case none
        case known(Int)
        case chunked
    }

    /// The path, without what the server's address puts before it.
    let path: String
    let length: BodyLength
    let bytes: ByteBuffer

    /// - Parameters:
    ///   - opening: the request line and constant fields, of ``UpstreamIdentity/opening(_:_:)``.
    ///   - fields: what the relay sent, free of line ends; of these only those of ``passes(_:)`` go on.
    ///   - room: how many bytes of the body will be written behind the head.
    init(opening: ByteBuffer, path: String, length: BodyLength, fields: [BinaryHTTP.Field], room: Int = 0) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(opening.readableBytes + 256 + room)
        bytes.writeImmutableBuffer(opening)
        switch length {
        case .none:
            break
        case .known(let count):
            bytes.writeStaticString("content-length: ")
            bytes.writeString(String(count))
            bytes.writeStaticString("\r\n")
        case .chunked:
            bytes.writeStaticString("transfer-encoding: chunked\r\n")
        }
        for field in fields where Self.passes(field.name) {
            bytes.writeString(field.name)
            bytes.writeStaticString(": ")
            bytes.writeString(field.value)
            bytes.writeStaticString("\r\n")
        }
        bytes.writeStaticString("\r\n")
        self.path = path
        self.length = length
        self.bytes = bytes
    }

    /// Whether a field of a call goes on to the model server.
    ///
    /// Content and tracing, and what vendors version their dialects by; no credential, no cookie, nothing about the way
    /// that the call came. Nor its id: llama-cpp-python answers an `x-request-id` that is no UUID with an empty 400
    /// (starlette-context, `RequestIdPlugin`).
    static func passes(_ name: String) -> Bool {
        // Lengths first: most fields are told apart by them.
        switch name.utf8.count {
        case 6: name == "accept"
        case 10: name == "tracestate"
        case 11: name == "traceparent" || name == "openai-beta"
        case 12: name == "content-type"
        case 14: name == "anthropic-beta"
        case 17: name == "anthropic-version"
        default: false
        }
    }
}
