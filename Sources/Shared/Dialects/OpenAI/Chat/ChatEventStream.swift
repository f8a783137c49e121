package import NIOCore
package import Vocabulary

/// Understands the body of one streamed Chat answer, in whatever pieces it comes.
///
/// ```
/// receive* ─▶ finish
/// ```
package struct ChatEventStream: Sendable {
    /// How a stream ended.
    package enum Ending: Equatable, Sendable {
        /// Every choice has had its end.
        case complete
        /// The server ended the stream before the answer was whole.
        case truncated
        /// The server said that it failed, or said what nobody understands.
        case failed(GatewayError)
    }

    private var events: ChatEvents
    /// An event has been read.
    private var hasRead = false
    /// The beginning of an event whose end has not come yet.
    private var rest = ByteBuffer()

    /// `[DONE]` has passed by; what follows is nothing.
    package private(set) var hasEnded = false
    /// Why the stream cannot go on; what follows is nothing.
    package private(set) var failure: GatewayError?

    /// For the answer to a conversation.
    package init(_ conversation: Conversation, identity: AnswerIdentity) {
        self.events = ChatEvents(
            digits: identity.digits,
            choices: conversation.choices ?? 1,
            allowsParallelToolCalls: conversation.allowsParallelToolCalls ?? true
        )
    }

    /// The server has begun to answer.
    package var hasBegun: Bool { self.events.hasBegun }
    /// What the server said it used, once it did.
    package var usage: Usage? { self.events.usage }

    /// Takes a piece, and appends what its whole events say.
    package mutating func receive(_ piece: ByteBuffer, into events: inout [AnswerEvent]) {
        guard !self.hasEnded, self.failure == nil else { return }
        guard self.rest.readableBytes > 0 else {
            self.keep(piece, from: self.read(piece, &events))
            return
        }
        let known = self.rest.readableBytes
        self.rest.writeImmutableBuffer(piece)
        // An event may come in many pieces: only what is new is looked at until it has an end.
        guard EventLines.mayEnd(in: self.rest.readableBytesUInt8Span, from: max(0, known - 3)) else {
            return self.checkSize()
        }
        let all = self.rest
        self.rest = ByteBuffer()
        self.keep(all, from: self.read(all, &events))
    }

    /// The server ended the stream.
    package mutating func finish(into events: inout [AnswerEvent]) -> Ending {
        if !self.hasEnded, self.failure == nil, self.rest.readableBytes > 0 {
            // Some servers leave out the blank line after their last event.
            var whole = self.rest
            self.rest = ByteBuffer()
            whole.writeStaticString("\n\n")
            if Self.isWholeEvent(whole, isFirst: !self.hasRead) { _ = self.read(whole, &events) }
        }
        if let failure = self.failure { return .failed(failure) }
        guard self.hasEnded ? self.events.hasBegun : self.events.isFinished else { return .truncated }
        do throws(GatewayError) {
            try self.events.finish(into: &events)
        } catch {
            return .failed(error)
        }
        return .complete
    }

    // MARK: Inside

    /// Reads the events of a piece.
    /// - Returns: the offset behind the last whole one.
    private mutating func read(_ piece: ByteBuffer, _ events: inout [AnswerEvent]) -> Int {
        let bytes = piece.readableBytesUInt8Span
        var position = 0
        while position < bytes.count,
            let event = EventLines.next(in: bytes, from: position, isFirst: !self.hasRead)
        {
            self.hasRead = true
            do throws(GatewayError) {
                try self.read(event, of: piece, bytes, from: position, &events)
            } catch {
                self.failure = error
            }
            position = event.end
            if self.hasEnded || self.failure != nil { return bytes.count }
        }
        return position
    }

    private mutating func read(
        _ event: EventLines,
        of piece: ByteBuffer,
        _ bytes: Span<UInt8>,
        from start: Int,
        _ events: inout [AnswerEvent]
    ) throws(GatewayError) {
        if let error = event.error { throw Self.failure(errorLine: piece.readableSlice(error)) }
        if let name = event.name, !Self.isPlain(piece.readableSlice(name)) { return }
        let isError = event.name.map { bytes.matches("error", at: $0.lowerBound) } ?? false
        if let data = event.data {
            guard data.count != 6 || !bytes.matches("[DONE]", at: data.lowerBound) else {
                self.hasEnded = true
                return
            }
            if !data.isEmpty { try self.events.read(piece.readableSlice(data), isError: isError, into: &events) }
        } else if event.dataLines > 1 {
            try self.events.read(Self.joined(piece, start..<event.end), isError: isError, into: &events)
        }
    }

    private mutating func keep(_ piece: ByteBuffer, from position: Int) {
        guard position < piece.readableBytes else { return }
        // A copy, so that the piece is free when its events are told, and the rest can grow in place.
        self.rest.writeBytes(piece.readableBytesView.dropFirst(position))
        self.checkSize()
    }

    private mutating func checkSize() {
        guard self.rest.readableBytes > ChatStream.largestEvent else { return }
        self.rest = ByteBuffer()
        self.failure = GatewayError(.upstreamFailed, "The model server's stream has an event that is too large.")
    }

    /// Whether what the last event says is `[DONE]` or JSON to its end.
    private static func isWholeEvent(_ bytes: ByteBuffer, isFirst: Bool) -> Bool {
        guard let event = EventLines.next(in: bytes.readableBytesUInt8Span, from: 0, isFirst: isFirst) else {
            return false
        }
        if event.error != nil { return true }
        guard let data = event.data else { return false }
        let text = bytes.readableSlice(data)
        return text.readableBytesView.elementsEqual("[DONE]".utf8) || (try? JSONValue(reading: text)) != nil
    }

    private static func isPlain(_ name: ByteBuffer) -> Bool {
        let text = String(buffer: name)
        return text.isEmpty || text == "message" || text == "error"
    }

    /// Several lines of data are one text with line ends in between.
    private static func joined(_ piece: ByteBuffer, _ lines: Range<Int>) -> ByteBuffer {
        var joined = ByteBuffer()
        for value in EventLines.dataValues(in: piece.readableBytesUInt8Span, lines) {
            joined.writeImmutableBuffer(piece.readableSlice(value))
            joined.writeStaticString("\n")
        }
        return joined
    }

    /// Old builds of llama.cpp send their errors as a field of its own.
    private static func failure(errorLine: ByteBuffer) -> GatewayError {
        var body = ByteBuffer(string: "{\"error\":")
        body.writeImmutableBuffer(errorLine)
        body.writeStaticString("}")
        return ChatFailure.error(in: body)
    }
}
