package import NIOCore
package import Vocabulary

/// One streamed answer of chat or completions on its way from an upstream to a caller, event by event.
///
/// An event is passed on only when it is whole, so that a stream that breaks never leaves half an event before the error. A
/// piece whose events need no change is answered as the very slice that came: nothing of it is copied or decoded.
///
/// What is changed: the model's name, when the public one differs; the chunk with the usage, when the caller did not ask for
/// it; lines other than `data:`, on which OpenAI's SDKs fail; an error's numeric code.
package struct ChatStream {
    /// How a stream ended.
    package enum Ending: Equatable, Sendable {
        /// Nothing is missing; the bytes, if any, are still to be written. They may be an error of the upstream: then
        /// the stream has failed.
        case complete(ByteBuffer?)
        /// The upstream ended before the answer was whole.
        case truncated
        /// An error of the upstream passed by; nothing more is to be said.
        case failed
    }

    /// The largest event that is taken, in bytes.
    package static let largestEvent = 8 << 20

    private let publicModel: String
    private let keepsUsage: Bool
    private let hidesErrors: ErrorCodes?
    /// What was used is only known from llama.cpp's timings.
    private var isTimed = false
    private var rest = ByteBuffer()
    private var hasBegun = false
    private var choices = ChoiceEnds()

    /// What the upstream said it used, once it did.
    package private(set) var usage: Usage?
    private var seen = SeenTokens()
    /// `[DONE]` has passed by.
    package private(set) var hasEnded = false
    /// The first error of the upstream that has passed by.
    package private(set) var failure: GatewayError?
    /// An event is larger than any can be.
    package private(set) var isBroken = false

    /// About how many tokens passed by.
    package var tokens: Int { self.seen.count }
    /// An error of the upstream has passed by.
    package var hasFailed: Bool { self.failure != nil }

    /// - Parameters:
    ///   - publicModel: the name that every chunk is to carry, whatever name the upstream gives.
    ///   - keepsUsage: whether the caller asked for the chunk with the usage.
    ///   - hidesErrors: in which words for machines an error of the upstream is told that is not told in its own words; `nil` when
    ///     it passes as it is.
    package init(publicModel: String, keepsUsage: Bool, hidesErrors: ErrorCodes? = nil) {
        self.publicModel = publicModel
        self.keepsUsage = keepsUsage
        self.hidesErrors = hidesErrors
    }

    /// Takes a piece; answers what may be passed on now, `nil` when that is nothing.
    package mutating func receive(_ piece: ByteBuffer) -> ByteBuffer? {
        guard !self.hasEnded, !self.isBroken else { return nil }
        if self.rest.readableBytes == 0 { return self.filter(piece) }
        // What waits holds no whole event: only its last three bytes can belong to the line ends that complete one.
        let searched = max(0, self.rest.readableBytes - 3)
        self.rest.writeImmutableBuffer(piece)
        guard EventLines.mayEnd(in: self.rest.readableBytesUInt8Span, from: searched) else {
            self.isBroken = self.rest.readableBytes > Self.largestEvent
            return nil
        }
        let all = self.rest
        self.rest = ByteBuffer()
        return self.filter(all)
    }

    /// The upstream ended the stream.
    package mutating func finish() -> Ending {
        guard !self.hasEnded else { return .complete(nil) }
        var last: ByteBuffer?
        if self.rest.readableBytes > 0, !self.isBroken {
            // Some servers leave out the blank line after their last event.
            var whole = self.rest
            self.rest = ByteBuffer()
            whole.writeString("\n\n")
            if Self.isWholeEvent(whole, isFirst: !self.hasBegun) { last = self.filter(whole) }
        }
        if self.hasFailed { return last.map { .complete($0) } ?? .failed }
        if self.hasEnded { return .complete(last) }
        guard self.choices.areComplete else { return .truncated }
        var end = last ?? ByteBuffer()
        end.writeImmutableBuffer(Self.done)
        return .complete(end)
    }

    // MARK: Inside

    private enum Action {
        case pass
        case drop
        case replace(ByteBuffer)
    }

    private mutating func filter(_ piece: ByteBuffer) -> ByteBuffer? {
        var changed: ByteBuffer?
        var position = 0
        var isBehindEnd = false
        while let event = Self.event(in: piece, from: position, isFirst: !self.hasBegun) {
            self.hasBegun = true
            let action = isBehindEnd ? .drop : self.judge(event, in: piece, from: position)
            switch action {
            case .pass:
                changed?.writeSlice(of: piece, position..<event.end)
            case .drop:
                if changed == nil { changed = Self.copy(piece, upTo: position) }
            case .replace(let bytes):
                if changed == nil { changed = Self.copy(piece, upTo: position) }
                changed?.writeImmutableBuffer(bytes)
            }
            position = event.end
            isBehindEnd = self.hasEnded
        }
        self.keepRest(of: piece, from: position)
        if let changed { return changed.readableBytes > 0 ? changed : nil }
        if position == piece.readableBytes { return position > 0 ? piece : nil }
        return position > 0 ? piece.getSlice(at: piece.readerIndex, length: position) : nil
    }

    private mutating func keepRest(of piece: ByteBuffer, from position: Int) {
        let left = piece.readableBytes - position
        guard left > 0, !self.hasEnded else { return }
        guard left <= Self.largestEvent else {
            self.isBroken = true
            return
        }
        if let slice = piece.getSlice(at: piece.readerIndex + position, length: left) {
            self.rest = ByteBuffer(bytes: slice.readableBytesView)
        }
    }

    private static func event(in piece: ByteBuffer, from position: Int, isFirst: Bool) -> EventLines? {
        guard position < piece.readableBytes else { return nil }
        return EventLines.next(in: piece.readableBytesUInt8Span, from: position, isFirst: isFirst)
    }

    private mutating func judge(_ event: EventLines, in piece: ByteBuffer, from start: Int) -> Action {
        if let error = event.error { return self.judgeErrorLine(error, in: piece) }
        guard event.dataLines > 0 else { return event.hasForeignLines ? .drop : .pass }
        if let name = event.name, !Self.isPlain(name, in: piece) { return .drop }
        let isError = event.name.map { piece.readableBytesUInt8Span.matches("error", at: $0.lowerBound) } ?? false
        guard let data = event.data else {
            return self.judgeSeveralLines(start..<event.end, in: piece, isError: isError)
        }
        return self.judge(data: data, in: piece, mustRewrite: event.hasForeignLines, isError: isError)
    }

    /// - Parameter isError: whether the event has the name of an error.
    private mutating func judge(
        data: Range<Int>,
        in piece: ByteBuffer,
        mustRewrite: Bool,
        isError: Bool = false
    ) -> Action {
        let bytes = piece.readableBytesUInt8Span
        // OpenAI's SDKs read all data as JSON, also where there is none.
        if data.allSatisfy({ bytes[$0] == 0x20 }) { return .drop }
        if data.count == 6, bytes.matches("[DONE]", at: data.lowerBound) {
            self.hasEnded = true
            return mustRewrite ? .replace(Self.done) : .pass
        }
        let probe = ChunkProbe(bytes, in: data)
        if !probe.hasError, !probe.hasChoices, isError || Self.isErrorItself(piece.readableSlice(data)) {
            return self.judgeErrorLine(data, in: piece)
        }
        self.seen.events &+= 1
        self.seen.bytes &+= probe.words
        self.choices.formUnion(probe.choices)
        if probe.usage != nil || probe.timings != nil { self.count(probe, in: piece) }
        let error = probe.hasError ? ChatFailure.error(in: piece.readableSlice(data)) : nil
        if let error {
            if self.failure == nil { self.failure = error }
            if let codes = self.hidesErrors {
                return .replace(Self.errorLine(error.withoutUpstreamText.worded(by: codes)))
            }
        }
        if probe.usage != nil, probe.choicesAreEmpty, !probe.hasError, !self.keepsUsage { return .drop }
        var edits = BodyEdits()
        if let model = probe.model, !self.isPublic(model, bytes) {
            edits.replace(model, withJSON: self.publicModel)
        }
        if let error, let code = probe.errorCode, let text = piece.getString(code) {
            edits.replace(code, with: "\"\(error.reason ?? text)\"")
        }
        guard mustRewrite || !edits.isEmpty else { return .pass }
        return .replace(Self.line(piece, data, edits))
    }

    private mutating func count(_ probe: ChunkProbe, in piece: ByteBuffer) {
        if let usage = probe.usage.flatMap({ UsageReader.read(piece, $0) }) {
            self.usage = usage
            self.isTimed = false
        } else if let timings = probe.timings, self.usage == nil || self.isTimed,
            // Behind the words: what is counted in each chunk is not looked into each time.
            probe.choices.haveEnded || probe.choicesAreEmpty,
            let value = try? JSONValue(reading: piece.readableSlice(timings)), let usage = Usage(timings: value)
        {
            self.usage = usage
            self.isTimed = true
        }
    }

    /// Whether a text of JSON says the public name as it is, without escapes.
    private func isPublic(_ model: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        let expected = self.publicModel.utf8.span
        guard model.count == expected.count + 2 else { return false }
        for index in 0..<expected.count where bytes[model.lowerBound + 1 + index] != expected[index] { return false }
        return true
    }

    /// Several lines of data are one text with line ends in between, which in JSON are as good as spaces.
    private mutating func judgeSeveralLines(_ lines: Range<Int>, in piece: ByteBuffer, isError: Bool) -> Action {
        var joined = ByteBuffer()
        for value in EventLines.dataValues(in: piece.readableBytesUInt8Span, lines) {
            if joined.readableBytes > 0 { joined.writeString(" ") }
            joined.writeSlice(of: piece, value)
        }
        return self.judge(data: 0..<joined.readableBytes, in: joined, mustRewrite: true, isError: isError)
    }

    /// What is an error by the name of its line or of its event, or by itself, becomes one that SDKs know.
    private mutating func judgeErrorLine(_ error: Range<Int>, in piece: ByteBuffer) -> Action {
        guard let text = piece.getString(error) else { return .drop }
        var wrapped = ByteBuffer(string: "{\"error\":")
        if Self.isJSON(ByteBuffer(string: text)) { wrapped.writeString(text) } else { wrapped.writeJSONString(text) }
        wrapped.writeString("}")
        return self.judge(data: 0..<wrapped.readableBytes, in: wrapped, mustRewrite: true)
    }

    private static func isPlain(_ name: Range<Int>, in piece: ByteBuffer) -> Bool {
        let text = piece.getString(name)
        return text == "message" || text == "error" || text == ""
    }

    private static func line(_ piece: ByteBuffer, _ data: Range<Int>, _ edits: BodyEdits) -> ByteBuffer {
        var line = ByteBuffer()
        line.reserveCapacity(data.count + 128)
        line.writeStaticString("data: ")
        if let text = piece.getSlice(at: piece.readerIndex, length: data.upperBound) {
            // The edits count from the piece's beginning: what precedes the data is cut off again.
            var position = data.lowerBound
            edits.forEach { range, bytes in
                line.writeSlice(of: text, position..<range.lowerBound)
                line.writeImmutableBuffer(bytes)
                position = range.upperBound
            }
            line.writeSlice(of: text, position..<data.upperBound)
        }
        line.writeStaticString("\n\n")
        return line
    }

    private static func copy(_ piece: ByteBuffer, upTo position: Int) -> ByteBuffer {
        var copy = ByteBuffer()
        copy.reserveCapacity(piece.readableBytes + 128)
        copy.writeSlice(of: piece, 0..<position)
        return copy
    }

    /// Whether what is left is an event but for the blank line: `[DONE]`, or JSON to its end.
    private static func isWholeEvent(_ bytes: ByteBuffer, isFirst: Bool) -> Bool {
        guard let event = EventLines.next(in: bytes.readableBytesUInt8Span, from: 0, isFirst: isFirst),
            let data = event.data
        else { return false }
        guard let text = bytes.getSlice(at: bytes.readerIndex + data.lowerBound, length: data.count) else {
            return false
        }
        if text.readableBytesView.elementsEqual("[DONE]".utf8) { return true }
        return Self.isJSON(text)
    }

    private static func isJSON(_ text: ByteBuffer) -> Bool {
        AnswerCollector(reading: text)?.isObject == true
    }

    /// Whether a chunk that has neither an error nor choices is an error itself, as old vLLM sends it.
    private static func isErrorItself(_ text: ByteBuffer) -> Bool {
        AnswerCollector(reading: text)?.isErrorItself == true
    }

    private static let done = ByteBuffer(string: "data: [DONE]\n\n")
}

extension ChatStream {
    /// What says in a stream that it has failed: an error object, then the end.
    package static func errorEvent(_ error: GatewayError) -> ByteBuffer {
        var event = Self.errorLine(error)
        event.writeImmutableBuffer(Self.done)
        return event
    }

    private static func errorLine(_ error: GatewayError) -> ByteBuffer {
        var event = ByteBuffer(string: "data: ")
        event.writeImmutableBuffer(OpenAI.errorBody(error))
        event.writeString("\n\n")
        return event
    }

    /// What is told in the place of a stream of which nothing has been written, and of which an error has passed by.
    /// - Parameters:
    ///   - events: what came out, the error in it.
    ///   - codes: the words for machines that are said in the place of the relay's own.
    package static func failure(in events: ByteBuffer, codes: ErrorCodes = ErrorCodes()) -> UpstreamFailure {
        let bytes = events.readableBytesUInt8Span
        var position = 0
        while position < bytes.count, let event = EventLines.next(in: bytes, from: position) {
            if let data = event.data, ChunkProbe(bytes, in: data).hasError {
                return ChatFailure.failure(in: events.readableSlice(data), codes: codes)
            }
            position = event.end
        }
        return ChatFailure.failure(in: events, codes: codes)
    }

    /// A comment, which keeps connections open and means nothing.
    package static let keepAlive = ByteBuffer(string: ": keep-alive\n\n")
}

extension ByteBuffer {
    /// Appends a range of another buffer's readable bytes.
    fileprivate mutating func writeSlice(of other: ByteBuffer, _ range: Range<Int>) {
        guard !range.isEmpty,
            let slice = other.getSlice(at: other.readerIndex + range.lowerBound, length: range.count)
        else { return }
        self.writeImmutableBuffer(slice)
    }

    /// A range of the readable bytes as text.
    fileprivate func getString(_ range: Range<Int>) -> String? {
        self.getString(at: self.readerIndex + range.lowerBound, length: range.count)
    }
}
