package import NIOCore
package import Vocabulary

/// One streamed answer of a server that speaks the caller's own dialect, on its way through event by event; a pure value.
///
/// ```
/// (receive | keepAlive)* ─▶ finish | fail
/// ```
/// An event is passed on only when it is whole. A piece whose events need no change is answered as the very slice that came; that
/// an event needs none is mostly told by its name, so that deltas are neither copied nor decoded.
package struct PassedStream: AnswerStream {
    private var events: any PassedEvents
    /// The beginning of an event whose end has not come yet.
    private var rest = ByteBuffer()
    private var hasBegun = false
    private var isBroken = false
    private var seen = SeenTokens()

    init(_ events: any PassedEvents) {
        self.events = events
    }

    package var usage: Usage? { self.events.usage }
    package var tokens: Int { self.seen.count }
    package var hasEnded: Bool { self.isBroken || self.events.isOver || self.events.failure != nil }
    package var response: ByteBuffer? { self.events.response }

    package mutating func receive(_ piece: ByteBuffer) -> ByteBuffer {
        guard !self.hasEnded else { return ByteBuffer() }
        if self.rest.readableBytes == 0 { return self.filter(piece) }
        let searched = max(0, self.rest.readableBytes - 3)
        self.rest.writeImmutableBuffer(piece)
        guard EventLines.mayEnd(in: self.rest.readableBytesUInt8Span, from: searched) else {
            self.isBroken = self.rest.readableBytes > ChatStream.largestEvent
            return ByteBuffer()
        }
        let all = self.rest
        self.rest = ByteBuffer()
        return self.filter(all)
    }

    package mutating func finish(now: Int) -> AnswerEnding {
        var said = ByteBuffer()
        if !self.hasEnded, self.rest.readableBytes > 0 {
            // Some servers leave out the blank line after their last event.
            var whole = self.rest
            self.rest = ByteBuffer()
            whole.writeStaticString("\n\n")
            if Self.isWholeEvent(whole) { said = self.filter(whole) }
        }
        if self.isBroken {
            let error = GatewayError(.upstreamFailed, "The model server sent an event that is too large to be one.")
            return .failed(error, said: said)
        }
        if let failure = self.events.failure { return .failed(failure, said: said) }
        if self.events.finish(now: now, into: &said) { return .complete(said) }
        let error = GatewayError(.upstreamFailed, "The model server ended the stream before the answer was complete.")
        return .failed(error, said: said)
    }

    package mutating func fail(_ error: GatewayError) -> ByteBuffer {
        var bytes = ByteBuffer()
        self.events.fail(error, into: &bytes)
        return bytes
    }

    package mutating func keepAlive(minute: Bool) -> ByteBuffer {
        var bytes = ByteBuffer()
        self.events.keepAlive(minute: minute, into: &bytes)
        return bytes
    }

    // MARK: Inside

    private mutating func filter(_ piece: ByteBuffer) -> ByteBuffer {
        var changed: ByteBuffer?
        var position = 0
        while !self.hasEnded, position < piece.readableBytes,
            let event = EventLines.next(in: piece.readableBytesUInt8Span, from: position, isFirst: !self.hasBegun)
        {
            self.hasBegun = true
            self.seen.events += 1
            switch self.judge(event, in: piece, from: position) {
            case .pass:
                changed?.writeImmutableBuffer(piece.readableSlice(position..<event.end))
            case .replace(let bytes):
                if changed == nil { changed = Self.copy(piece, upTo: position) }
                changed?.writeImmutableBuffer(bytes)
            }
            position = event.end
        }
        self.keepRest(of: piece, from: position)
        return changed ?? piece.readableSlice(0..<position)
    }

    private mutating func judge(_ event: EventLines, in piece: ByteBuffer, from start: Int) -> PassedEvent.Judgement {
        if let data = event.data {
            let event = PassedEvent(piece: piece, name: event.name, data: data)
            // vLLM ends every stream with Chat's last word.
            if event.isDone { return .replace(ByteBuffer()) }
            self.seen.bytes += event.words
            return self.events.judge(event)
        }
        guard event.dataLines > 1 else { return .pass }
        // Several lines of data are one text with line ends in between, which in JSON are as good as spaces.
        var joined = ByteBuffer(string: "data: ")
        for value in EventLines.dataValues(in: piece.readableBytesUInt8Span, start..<event.end) {
            joined.writeImmutableBuffer(piece.readableSlice(value))
            joined.writeStaticString(" ")
        }
        let name = event.name.map { piece.readableSlice($0) }
        return self.events.judge(PassedEvent(piece: joined, name: name, data: 6..<joined.readableBytes))
    }

    private mutating func keepRest(of piece: ByteBuffer, from position: Int) {
        guard position < piece.readableBytes, !self.hasEnded else { return }
        // A copy, so that the piece is free when it is told, and the rest can grow in place.
        self.rest.writeBytes(piece.readableBytesView.dropFirst(position))
        self.isBroken = self.rest.readableBytes > ChatStream.largestEvent
    }

    private static func copy(_ piece: ByteBuffer, upTo position: Int) -> ByteBuffer {
        var copy = ByteBuffer()
        copy.reserveCapacity(piece.readableBytes + 128)
        copy.writeImmutableBuffer(piece.readableSlice(0..<position))
        return copy
    }

    /// Whether what is left is an event but for the blank line.
    private static func isWholeEvent(_ bytes: ByteBuffer) -> Bool {
        guard let event = EventLines.next(in: bytes.readableBytesUInt8Span, from: 0), let data = event.data else {
            return false
        }
        let text = bytes.readableSlice(data)
        return text.readableBytesView.elementsEqual("[DONE]".utf8) || (try? JSONValue(reading: text)) != nil
    }
}

/// What passes in one dialect: looks at each event's name, and into those that servers get wrong.
protocol PassedEvents {
    /// What the model server said it used, once it did.
    var usage: Usage? { get }
    /// The dialect's last event has passed.
    var isOver: Bool { get }
    /// The model server said that it failed.
    var failure: GatewayError? { get }
    /// The whole answer as one object, once the stream has ended.
    var response: ByteBuffer? { get }
    /// What becomes of an event.
    mutating func judge(_ event: PassedEvent) -> PassedEvent.Judgement
    /// The model server's stream has ended.
    /// - Returns: whether the answer was whole; what was missing of the end is written.
    mutating func finish(now: Int, into bytes: inout ByteBuffer) -> Bool
    /// The answer cannot come to its end.
    mutating func fail(_ error: GatewayError, into bytes: inout ByteBuffer)
    /// Something that keeps the connection open.
    mutating func keepAlive(minute: Bool, into bytes: inout ByteBuffer)
}

/// One event of a model server's stream.
struct PassedEvent {
    enum Judgement {
        case pass
        /// These bytes stand in its place; they may be none.
        case replace(ByteBuffer)
    }

    /// The event's name, as it was written.
    let name: ByteBuffer?
    let data: ByteBuffer

    init(piece: ByteBuffer, name: Range<Int>?, data: Range<Int>) {
        self.init(piece: piece, name: name.map { piece.readableSlice($0) }, data: data)
    }

    init(piece: ByteBuffer, name: ByteBuffer?, data: Range<Int>) {
        self.name = name.flatMap { $0.readableBytes > 0 ? $0 : nil }
        self.data = piece.readableSlice(data)
    }

    var isDone: Bool {
        self.data.readableBytes == 6 && self.data.readableBytesUInt8Span.matches("[DONE]", at: 0)
    }

    func isNamed(_ text: StaticString) -> Bool {
        guard let name else { return false }
        return name.readableBytes == text.utf8CodeUnitCount && name.readableBytesUInt8Span.matches(text, at: 0)
    }

    /// Whether the name ends in a text.
    func isNamed(endingIn text: StaticString) -> Bool {
        guard let name else { return false }
        return name.readableBytesUInt8Span.matches(text, at: name.readableBytes - text.utf8CodeUnitCount)
    }

    /// The data as an object; `nil` when it is none.
    var object: JSONObject? { (try? JSONValue(reading: self.data))?.object }
}

extension ByteBuffer {
    /// Writes an event with its name.
    mutating func writeEvent(_ name: String, _ object: JSONObject) {
        self.writeStaticString("event: ")
        self.writeString(name)
        self.writeStaticString("\ndata: ")
        self.writeJSON(.object(object))
        self.writeStaticString("\n\n")
    }
}
