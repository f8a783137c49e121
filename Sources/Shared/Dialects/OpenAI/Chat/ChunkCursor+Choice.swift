import NIOCore
import Vocabulary

extension ChunkCursor {
    /// What one choice of a chunk says; texts that are empty are not there.
    struct Choice {
        var index = 0
        var reasoning: Value?
        var content: Value?
        var refusal: Value?
        /// The list of calls.
        var toolCalls: Value?
        /// The one call of the API of 2023.
        var functionCall: Value?
        var logprobs: Value?
        var finish: Value?
        /// The stop sequence that was said.
        var matched: Value?
        fileprivate var reasoningRank = Int.max
    }

    /// What one element of `tool_calls` says.
    struct ToolCall {
        var index: Int?
        var id: Value?
        var name: Value?
        var arguments: Value?
    }

    mutating func choice(_ bytes: Span<UInt8>) throws(GatewayError) -> Choice {
        var choice = Choice()
        guard self.enters(UInt8(ascii: "{"), bytes) else {
            try self.skip(bytes)
            return choice
        }
        while let key = try self.key(bytes) {
            switch key.count {
            case 5 where bytes.matches("delta", at: key.lowerBound): try self.delta(bytes, &choice)
            case 5 where bytes.matches("index", at: key.lowerBound): choice.index = try self.integer(bytes) ?? 0
            // Some servers tell their last chunk as a whole answer.
            case 7 where bytes.matches("message", at: key.lowerBound): try self.delta(bytes, &choice)
            case 8 where bytes.matches("logprobs", at: key.lowerBound): choice.logprobs = try self.value(bytes)
            // vLLM and SGLang; a number is a token and nothing that the caller named.
            case 11 where bytes.matches("stop_reason", at: key.lowerBound),
                12 where bytes.matches("matched_stop", at: key.lowerBound):
                choice.matched = try self.value(bytes) ?? choice.matched
            case 13 where bytes.matches("finish_reason", at: key.lowerBound): choice.finish = try self.value(bytes)
            default: try self.skip(bytes)
            }
        }
        return choice
    }

    private mutating func delta(_ bytes: Span<UInt8>, _ choice: inout Choice) throws(GatewayError) {
        guard self.enters(UInt8(ascii: "{"), bytes) else { return try self.skip(bytes) }
        while let key = try self.key(bytes) {
            switch key.count {
            case 7 where bytes.matches("content", at: key.lowerBound): choice.content = try self.value(bytes)
            case 17 where bytes.matches("reasoning_content", at: key.lowerBound):
                try self.reasoning(bytes, rank: 0, &choice)
            case 9 where bytes.matches("reasoning", at: key.lowerBound): try self.reasoning(bytes, rank: 1, &choice)
            case 8 where bytes.matches("thinking", at: key.lowerBound): try self.reasoning(bytes, rank: 2, &choice)
            case 17 where bytes.matches("reasoning_details", at: key.lowerBound):
                try self.reasoning(bytes, rank: 3, &choice)
            case 7 where bytes.matches("refusal", at: key.lowerBound): choice.refusal = try self.value(bytes)
            case 10 where bytes.matches("tool_calls", at: key.lowerBound): choice.toolCalls = try self.value(bytes)
            case 13 where bytes.matches("function_call", at: key.lowerBound):
                choice.functionCall = try self.value(bytes)
            default: try self.skip(bytes)
            }
        }
    }

    /// Servers that give the same thought under several names mean it once.
    private mutating func reasoning(
        _ bytes: Span<UInt8>,
        rank: Int,
        _ choice: inout Choice
    ) throws(GatewayError) {
        guard let value = try self.value(bytes), rank < choice.reasoningRank else { return }
        choice.reasoning = value
        choice.reasoningRank = rank
    }

    mutating func toolCall(_ bytes: Span<UInt8>) throws(GatewayError) -> ToolCall {
        var call = ToolCall()
        guard self.enters(UInt8(ascii: "{"), bytes) else {
            try self.skip(bytes)
            return call
        }
        while let key = try self.key(bytes) {
            switch key.count {
            case 2 where bytes.matches("id", at: key.lowerBound): call.id = try self.value(bytes)
            case 5 where bytes.matches("index", at: key.lowerBound): call.index = try self.integer(bytes)
            case 8 where bytes.matches("function", at: key.lowerBound): try self.function(bytes, &call)
            default: try self.skip(bytes)
            }
        }
        return call
    }

    mutating func function(_ bytes: Span<UInt8>, _ call: inout ToolCall) throws(GatewayError) {
        guard self.enters(UInt8(ascii: "{"), bytes) else { return try self.skip(bytes) }
        while let key = try self.key(bytes) {
            switch key.count {
            case 4 where bytes.matches("name", at: key.lowerBound): call.name = try self.value(bytes)
            case 9 where bytes.matches("arguments", at: key.lowerBound): call.arguments = try self.value(bytes)
            default: try self.skip(bytes)
            }
        }
    }
}
