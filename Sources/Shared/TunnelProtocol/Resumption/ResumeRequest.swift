package import NIOCore

/// What a relay asks on a new stream when an answer is to go on there: instead of a request to a model server.
///
/// The connector answers with nothing but the rest of the answer, byte by byte from ``offset`` on, or resets the stream with a code that
/// says what became of the call.
package struct ResumeRequest: Hashable, Sendable {
    /// The stream on which the request was sent.
    package var name: CallStreamName
    /// This stream; higher than that of every stream before it, so that what comes late is known to be.
    package var stream: Int
    /// How many bytes of the answer the relay has.
    package var offset: UInt64

    package init(name: CallStreamName, stream: Int, offset: UInt64) {
        self.name = name
        self.stream = stream
        self.offset = offset
    }

    /// The method of the request.
    package static let method = "RESUME"
    /// The field of every request whose answer may have to go on elsewhere, with the number of its stream.
    package static let streamField = "adit-stream"
    private static let startedField = "adit-started"
    private static let offsetField = "adit-offset"

    /// Reads a request; `nil` when it is another one, or incomplete.
    package init?(_ head: BinaryHTTP.RequestHead) {
        guard head.method == Self.method else { return nil }
        var texts: [String: String] = [:]
        for field in head.fields { texts[field.name] = field.value }
        guard let call = texts["adit-call"],
            let started = texts[Self.startedField].flatMap({ Int($0) }), started >= 0,
            let stream = texts[Self.streamField].flatMap({ Int($0) }), stream > started,
            let offset = texts[Self.offsetField].flatMap({ UInt64($0) })
        else { return nil }
        let name = CallStreamName(call: call, stream: started)
        guard name.isPossible else { return nil }
        self.init(name: name, stream: stream, offset: offset)
    }

    /// The whole request.
    package func encode() -> ByteBuffer {
        var bytes = ByteBuffer()
        BinaryHTTP.write(
            BinaryHTTP.RequestHead(
                method: Self.method,
                scheme: "http",
                authority: "upstream",
                path: "/",
                fields: [
                    .init(name: "adit-call", value: self.name.call),
                    .init(name: Self.startedField, value: String(self.name.stream)),
                    .init(name: Self.streamField, value: String(self.stream)),
                    .init(name: Self.offsetField, value: String(self.offset)),
                ]
            ),
            to: &bytes
        )
        BinaryHTTP.writeEnd(trailers: [], to: &bytes)
        return bytes
    }
}
