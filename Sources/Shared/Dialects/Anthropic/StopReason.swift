import NIOCore
import Vocabulary

/// Why an answer is over, in this dialect's words.
struct StopReason {
    /// `end_turn`, `max_tokens`, `stop_sequence`, `tool_use` or `refusal`.
    var word: StaticString
    /// The caller's stop sequence that was said.
    var sequence: String?
    var isRefusal = false

    /// A call is what the caller must act upon, also where the server says only that the model stopped. An answer that was
    /// cut off stays one: its last call may be half.
    init(_ reason: FinishReason, hasCalls: Bool, hasRefused: Bool) {
        switch reason {
        case .length: self.word = "max_tokens"
        case .contentFilter:
            self.word = "refusal"
            self.isRefusal = true
        case .stop, .stopSequence, .toolCalls:
            if hasCalls {
                self.word = "tool_use"
            } else if hasRefused {
                self.word = "refusal"
                self.isRefusal = true
            } else if case .stopSequence(let sequence) = reason {
                self.word = "stop_sequence"
                self.sequence = sequence
            } else {
                self.word = "end_turn"
            }
        }
    }
}

extension ByteBuffer {
    /// The members `stop_reason`, `stop_sequence` and, for a refusal, `stop_details`.
    mutating func writeStop(_ stop: StopReason) {
        self.writeStaticString("\"stop_reason\":\"")
        self.writeStaticString(stop.word)
        self.writeStaticString("\",\"stop_sequence\":")
        if let sequence = stop.sequence { self.writeJSONString(sequence) } else { self.writeStaticString("null") }
        guard stop.isRefusal else { return }
        self.writeStaticString(",\"stop_details\":{\"type\":\"refusal\",\"category\":null,\"explanation\":null}")
    }

    /// The members of `usage`. Anthropic's `input_tokens` are those that no cache had.
    mutating func writeUsage(_ usage: Usage) {
        let fresh = max(0, usage.input - usage.cachedInput)
        self.writeString("\"input_tokens\":\(fresh),\"cache_creation_input_tokens\":0,")
        self.writeString("\"cache_read_input_tokens\":\(usage.cachedInput),\"output_tokens\":\(usage.output)")
        guard usage.reasoning > 0 else { return }
        self.writeString(",\"output_tokens_details\":{\"thinking_tokens\":\(usage.reasoning)}")
    }

    /// A message up to the first of its blocks.
    mutating func writeMessageHead(_ identity: AnswerIdentity) {
        self.writeStaticString("{\"id\":\"msg_")
        self.writeString(identity.digits)
        self.writeStaticString("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":")
        self.writeJSONString(identity.model)
        self.writeStaticString(",\"content\":[")
    }
}
