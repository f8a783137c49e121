package import NIOCore

/// One HTTP message as bytes of a stream: RFC 9292 in its indeterminate-length form.
package enum BinaryHTTP {
    /// One field line; the name is in lower case.
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The head of a request (RFC 9292 §3.4).
    package struct RequestHead: Hashable, Sendable {
        package var method: String
        package var scheme: String
        package var authority: String
        package var path: String
        package var fields: [Field]

        package init(method: String, scheme: String, authority: String, path: String, fields: [Field]) {
            self.method = method
            self.scheme = scheme
            self.authority = authority
            self.path = path
            self.fields = fields
        }
    }

    /// The head of a response, informational ones too (RFC 9292 §3.5).
    package struct ResponseHead: Hashable, Sendable {
        package var status: Int
        package var fields: [Field]

        package init(status: Int, fields: [Field]) {
            self.status = status
            self.fields = fields
        }
    }

    /// A piece of a message as it becomes known.
    package enum Part: Equatable {
        case requestHead(RequestHead)
        /// The final response's head, or an informational one (status below 200) before it.
        case responseHead(ResponseHead)
        /// Bytes of the content, never empty: a slice of what was received.
        case content(ByteBuffer)
        /// The message is complete.
        case end(trailers: [Field])
    }

    /// What is wrong with a message.
    package enum DecodingError: Error, Hashable, Sendable {
        /// The framing indicator is not that of this kind of message.
        case unknownFraming(UInt64)
        /// The stream ended inside the message.
        case truncated
        /// The head or the trailers are larger than allowed.
        case tooLarge
        /// A status outside of 100…599.
        case invalidStatus(UInt64)
        /// A field that is not allowed here, has no name, or is not text.
        case invalidField(String)
        /// Bytes after the end.
        case trailingBytes
    }

    enum Framing {
        static let request: UInt64 = 2
        static let response: UInt64 = 3
    }

    /// Whether a field speaks of one connection only and has no place in a message (RFC 9292 §3.6).
    static func isOfConnection(_ name: String) -> Bool {
        // Lengths first: most fields are told apart by them.
        switch name.utf8.count {
        case 4: name == "host"
        case 7: name == "upgrade"
        case 10: name == "connection" || name == "keep-alive"
        case 16: name == "proxy-connection"
        case 17: name == "transfer-encoding"
        default: false
        }
    }
}
