package import NIOCore
package import Vocabulary

/// Understands the chunks of one streamed Chat answer, each in one pass over its bytes.
///
/// Texts leave as slices of what came.
///
/// What it makes even of servers that do not keep to the grammar:
/// * a tool call comes once, with its name and an id, and calls count from 0 without gaps in each choice;
/// * nothing comes behind a choice's end, which comes once;
/// * `tool_calls` is the reason for the end exactly when a call was made and nothing cut the answer short.
package struct ChatEvents: Sendable {
    struct Choice {
        var hasBegun = false
        var isFinished = false
        var calls: [ToolCall] = []
        /// How many of the calls were told.
        var told = 0
    }

    var choices: [Choice]
    let digits: String
    let allowsParallelToolCalls: Bool
    /// How many ids were made for calls that had none.
    var generatedIDs = 0
    /// Why a choice was broken off, if the server says no more of it.
    private var brokenOff: GatewayError?
    /// What llama.cpp counted, for when no usage comes.
    private var timings: Usage?

    /// What the server said it used, the last time that it did.
    package private(set) var usage: Usage?

    /// - Parameters:
    ///   - digits: what the ids of tool calls are made of where the server gives none.
    ///   - choices: how many answers the request wanted; what a server says of others is dropped.
    ///   - allowsParallelToolCalls: `false` drops each choice's calls but the first, as servers may not know the wish.
    package init(digits: String, choices: Int = 1, allowsParallelToolCalls: Bool = true) {
        self.digits = digits
        self.choices = Array(repeating: Choice(), count: max(1, choices))
        self.allowsParallelToolCalls = allowsParallelToolCalls
    }

    /// The server has begun to answer.
    package var hasBegun: Bool { self.choices.contains(where: \.hasBegun) }

    /// Every choice that has begun has ended.
    package var isFinished: Bool { self.hasBegun && self.choices.allSatisfy { $0.isFinished || !$0.hasBegun } }

    /// Takes one chunk.
    /// - Parameter isError: whether its event has the name of an error: then it is one, unless it speaks of a choice.
    /// - Throws: what the server says went wrong, or `.upstreamFailed` for what is no chunk. What the chunk said before
    ///   may have been appended; the stream is over.
    package mutating func read(
        _ data: ByteBuffer,
        isError: Bool = false,
        into events: inout [AnswerEvent]
    ) throws(GatewayError) {
        let bytes = data.readableBytesUInt8Span
        var cursor = ChunkCursor()
        var error: ChunkCursor.Value?
        var usage: ChunkCursor.Value?
        var timings: ChunkCursor.Value?
        var object: ChunkCursor.Value?
        var hasChoices = false
        guard cursor.enters(UInt8(ascii: "{"), bytes) else { throw ChunkCursor.notJSON }
        while let key = try cursor.key(bytes) {
            switch key.count {
            case 5 where bytes.matches("error", at: key.lowerBound): error = try cursor.value(bytes)
            case 5 where bytes.matches("usage", at: key.lowerBound): usage = try cursor.value(bytes)
            case 6 where bytes.matches("object", at: key.lowerBound): object = try cursor.value(bytes)
            case 7 where bytes.matches("choices", at: key.lowerBound):
                hasChoices = true
                guard cursor.enters(UInt8(ascii: "["), bytes) else {
                    try cursor.skip(bytes)
                    continue
                }
                while try cursor.element(bytes) { try self.take(try cursor.choice(bytes), data, &events) }
            case 7 where bytes.matches("timings", at: key.lowerBound): timings = try cursor.value(bytes)
            default: try cursor.skip(bytes)
            }
        }
        if let error, Self.isFailure(error, bytes) { throw ChatFailure.error(in: data) }
        if !hasChoices, isError { throw ChatFailure.error(in: data) }
        if !hasChoices, let object, object.isString, bytes.matches("error", at: object.range.lowerBound) {
            throw ChatFailure.error(in: data)
        }
        if let brokenOff = self.brokenOff { throw brokenOff }
        if let timings, let value = try? JSONValue(reading: data.readableSlice(timings.range)) {
            self.timings = Usage(timings: value)
        }
        if let usage, let value = try? JSONValue(reading: data.readableSlice(usage.range)) {
            self.report(Usage(chat: value), &events)
        }
    }

    /// The stream is whole: ends the choices that had no reason for it, and tells the usage that only llama.cpp's
    /// timings told.
    package mutating func finish(into events: inout [AnswerEvent]) throws(GatewayError) {
        for index in self.choices.indices where self.choices[index].hasBegun && !self.choices[index].isFinished {
            try self.end(index, word: "stop", matched: nil, &events)
        }
        if self.usage == nil { self.report(self.timings, &events) }
    }

    // MARK: Inside

    private mutating func take(
        _ choice: ChunkCursor.Choice,
        _ data: ByteBuffer,
        _ events: inout [AnswerEvent]
    ) throws(GatewayError) {
        let index = choice.index
        guard self.choices.indices.contains(index) else { return }
        self.choices[index].hasBegun = true
        guard !self.choices[index].isFinished else { return }
        if let reasoning = choice.reasoning {
            let text = reasoning.isString ? data.escapedText(reasoning) : Self.text(of: reasoning, in: data)
            if !text.isEmpty { events.append(.reasoning(text, choice: index)) }
        }
        if let content = choice.content {
            if content.isString {
                events.append(.text(data.escapedText(content), choice: index))
            } else {
                Self.takeParts(content, data, choice: index, &events)
            }
        }
        if let refusal = choice.refusal, refusal.isString {
            events.append(.refusal(data.escapedText(refusal), choice: index))
        }
        if let logprobs = choice.logprobs { Self.takeLogprobs(logprobs, data, choice: index, &events) }
        if let calls = choice.toolCalls { try self.take(calls: calls, data, choice: index, &events) }
        if let call = choice.functionCall { try self.take(functionCall: call, data, choice: index, &events) }
        if let finish = choice.finish, let word = data.text(finish) {
            try self.end(index, word: word, matched: choice.matched.flatMap { data.text($0) }, &events)
        }
    }

    private mutating func end(
        _ index: Int,
        word: String,
        matched: String?,
        _ events: inout [AnswerEvent]
    ) throws(GatewayError) {
        guard !self.choices[index].calls.contains(where: \.isNameless) else {
            throw GatewayError(.upstreamFailed, "The model server's stream has a tool call without a name.")
        }
        self.choices[index].isFinished = true
        let hasToolCalls = self.choices[index].told > 0
        guard let reason = FinishReason(chat: word, matched: matched, hasToolCalls: hasToolCalls) else {
            // The same chunk may say why.
            self.brokenOff = GatewayError(.upstreamFailed, "The model server broke off its answer («\(word)»).")
            return
        }
        events.append(.finish(reason, choice: index))
    }

    private mutating func report(_ usage: Usage?, _ events: inout [AnswerEvent]) {
        guard let usage else { return }
        self.usage = usage
        events.append(.usage(usage))
    }

    private static func isFailure(_ error: ChunkCursor.Value, _ bytes: Span<UInt8>) -> Bool {
        error.isString || bytes[error.range.lowerBound] != UInt8(ascii: "f")
    }

    private static func text(of value: ChunkCursor.Value, in data: ByteBuffer) -> EscapedText {
        guard let tree = try? JSONValue(reading: data.readableSlice(value.range)) else { return EscapedText() }
        return EscapedText(ChatContent.text(tree))
    }

    private static func takeParts(
        _ content: ChunkCursor.Value,
        _ data: ByteBuffer,
        choice: Int,
        _ events: inout [AnswerEvent]
    ) {
        guard let tree = try? JSONValue(reading: data.readableSlice(content.range)) else { return }
        let (reasoning, text) = ChatContent.read(tree)
        if !reasoning.isEmpty { events.append(.reasoning(EscapedText(reasoning), choice: choice)) }
        if !text.isEmpty { events.append(.text(EscapedText(text), choice: choice)) }
    }

    private static func takeLogprobs(
        _ logprobs: ChunkCursor.Value,
        _ data: ByteBuffer,
        choice: Int,
        _ events: inout [AnswerEvent]
    ) {
        guard let tree = try? JSONValue(reading: data.readableSlice(logprobs.range)) else { return }
        guard let content = tree["content"]?.array, !content.isEmpty else { return }
        events.append(.logprobs(.array(content), choice: choice))
    }
}
