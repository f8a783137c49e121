package import NIOCore
package import Vocabulary

/// One streamed Chat answer on its way into another dialect.
package struct TranslatedStream: AnswerStream {
    private var reader: ChatEventStream
    private var writer: any AnswerWriter
    /// Taken empty, left empty: only its room is kept.
    private var events: [AnswerEvent] = []
    private var hasBegun = false
    /// Takes reasoning out of the text, where the server may have left it there.
    private var tags: ThinkTags?
    private var seen = SeenTokens()

    package init(reader: ChatEventStream, writer: any AnswerWriter) {
        self.reader = reader
        self.writer = writer
    }

    init(reader: ChatEventStream, writer: any AnswerWriter, tags: ThinkTags?) {
        self.init(reader: reader, writer: writer)
        self.tags = tags
    }

    package var usage: Usage? { self.reader.usage }
    package var tokens: Int { self.seen.count }
    package var hasEnded: Bool { self.reader.hasEnded || self.reader.failure != nil }
    package var response: ByteBuffer? { self.writer.response }

    package mutating func receive(_ piece: ByteBuffer) -> ByteBuffer {
        self.reader.receive(piece, into: &self.events)
        self.tags?.split(&self.events)
        var bytes = ByteBuffer()
        guard !self.events.isEmpty || self.reader.hasBegun else { return bytes }
        bytes.reserveCapacity(piece.readableBytes + 128)
        self.tell(into: &bytes)
        return bytes
    }

    package mutating func finish(now: Int) -> AnswerEnding {
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

    package mutating func fail(_ error: GatewayError) -> ByteBuffer {
        var bytes = ByteBuffer()
        self.writer.fail(error, into: &bytes)
        return bytes
    }

    /// A sign of life, before which the stream begins if it has not.
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
        self.seen.events += self.events.count
        for event in self.events {
            self.seen.bytes += event.words
            self.writer.write(event, into: &bytes)
        }
        self.events.removeAll(keepingCapacity: true)
    }
}
