package import NIOCore
package import Vocabulary

/// One streamed Chat answer on its way into another dialect; a pure value.
///
/// ```
/// (receive | keepAlive)* ─▶ finish | fail
/// ```
package struct TranslatedStream {
    /// How a stream ended.
    package enum Ending {
        /// The bytes are the last ones.
        case complete(ByteBuffer)
        /// The answer is not whole, for this reason. The bytes are what was still said; ``fail(_:)`` ends the stream.
        case failed(GatewayError, said: ByteBuffer)
    }

    private var reader: ChatEventStream
    private var writer: any AnswerWriter
    /// Taken empty, left empty: only its room is kept.
    private var events: [AnswerEvent] = []
    private var hasBegun = false
    /// Takes reasoning out of the text, where the server may have left it there.
    private var tags: ThinkTags?

    package init(reader: ChatEventStream, writer: any AnswerWriter) {
        self.reader = reader
        self.writer = writer
    }

    init(reader: ChatEventStream, writer: any AnswerWriter, tags: ThinkTags?) {
        self.init(reader: reader, writer: writer)
        self.tags = tags
    }

    /// What the model server said it used, once it did.
    package var usage: Usage? { self.reader.usage }
    /// Nothing more is to be expected: what follows is ``finish(now:)``.
    package var hasEnded: Bool { self.reader.hasEnded || self.reader.failure != nil }
    /// The whole answer as one object, once the stream has ended, where a dialect's servers keep it.
    package var response: ByteBuffer? { self.writer.response }

    /// Takes a piece of the model server's stream.
    /// - Returns: what to say of it; may be empty.
    package mutating func receive(_ piece: ByteBuffer) -> ByteBuffer {
        self.reader.receive(piece, into: &self.events)
        self.tags?.split(&self.events)
        var bytes = ByteBuffer()
        guard !self.events.isEmpty || self.reader.hasBegun else { return bytes }
        bytes.reserveCapacity(piece.readableBytes + 128)
        self.tell(into: &bytes)
        return bytes
    }

    /// The model server's stream has ended.
    /// - Parameter now: seconds since 1970.
    package mutating func finish(now: Int) -> Ending {
        let ending = self.reader.finish(into: &self.events)
        self.tags?.split(&self.events)
        self.tags?.finish(into: &self.events)
        var bytes = ByteBuffer()
        if self.reader.hasBegun { self.tell(into: &bytes) }
        switch ending {
        case .complete:
            self.writer.complete(at: now)
            self.writer.finish(into: &bytes)
            return .complete(bytes)
        case .truncated:
            let error = GatewayError(
                .upstreamFailed,
                "The model server ended the stream before the answer was complete."
            )
            return .failed(error, said: bytes)
        case .failed(let error):
            return .failed(error, said: bytes)
        }
    }

    /// The answer cannot come to its end.
    /// - Returns: what says so, and ends the stream.
    package mutating func fail(_ error: GatewayError) -> ByteBuffer {
        var bytes = ByteBuffer()
        self.writer.fail(error, into: &bytes)
        return bytes
    }

    /// A sign of life, before which the stream begins if it has not.
    /// - Parameter minute: whether a minute has passed without an event.
    package mutating func keepAlive(minute: Bool) -> ByteBuffer {
        var bytes = ByteBuffer()
        self.tell(into: &bytes)
        self.writer.keepAlive(minute: minute, into: &bytes)
        return bytes
    }

    private mutating func tell(into bytes: inout ByteBuffer) {
        if !self.hasBegun {
            self.hasBegun = true
            self.writer.begin(into: &bytes)
        }
        for event in self.events { self.writer.write(event, into: &bytes) }
        self.events.removeAll(keepingCapacity: true)
    }
}
