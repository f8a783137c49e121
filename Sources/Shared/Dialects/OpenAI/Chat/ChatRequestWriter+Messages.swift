import Vocabulary

extension ChatRequestWriter {
    static func message(_ message: Message, to kind: UpstreamKind) -> JSONValue {
        switch message {
        case .system(let text): ["role": "system", "content": .string(text)]
        case .user(let parts): ["role": "user", "content": Self.content(parts)]
        case .assistant(let turn): Self.assistant(turn, to: kind)
        case .toolResult(let result):
            [
                "role": "tool", "tool_call_id": .string(result.callID),
                "content": .string(ChatTurns.text(of: result.parts)),
            ]
        }
    }

    private static func content(_ parts: [Message.Part]) -> JSONValue {
        let isOnlyText = parts.allSatisfy { if case .text = $0 { true } else { false } }
        return isOnlyText ? .string(ChatTurns.text(of: parts)) : .array(parts.map(Self.part))
    }

    private static func part(_ part: Message.Part) -> JSONValue {
        switch part {
        case .text(let text):
            return ["type": "text", "text": .string(text)]
        case .image(let url, let detail), .linkedImage(let url, let detail, _):
            var image = JSONObject([("url", .string(url))])
            image["detail"] = detail.map { .string($0) }
            return ["type": "image_url", "image_url": .object(image)]
        case .audio(let data, let format):
            return ["type": "input_audio", "input_audio": ["data": .string(data), "format": .string(format)]]
        case .file(let data, let name):
            var file = JSONObject()
            file["filename"] = name.map { .string($0) }
            file["file_data"] = .string(data)
            return ["type": "file", "file": .object(file)]
        }
    }

    /// Models that think between their tool calls want to read what they thought: llama.cpp and SGLang take it as
    /// `reasoning_content`, Ollama and vLLM as `reasoning`. A refusal is a text like others, as templates know no such.
    private static func assistant(_ turn: Message.AssistantTurn, to kind: UpstreamKind) -> JSONValue {
        let text = turn.text + (turn.refusal ?? "")
        var message = JSONObject([("role", "assistant")])
        message["content"] = text.isEmpty && !turn.toolCalls.isEmpty ? .null : .string(text)
        if !turn.reasoning.isEmpty {
            if kind != .ollama, kind != .vllm { message["reasoning_content"] = .string(turn.reasoning) }
            if kind != .llamaCpp, kind != .sglang { message["reasoning"] = .string(turn.reasoning) }
        }
        if !turn.toolCalls.isEmpty { message["tool_calls"] = .array(turn.toolCalls.map(Self.toolCall)) }
        return .object(message)
    }

    /// Servers parse the arguments for their template, so a call without any has an empty object.
    private static func toolCall(_ call: Message.ToolCall) -> JSONValue {
        let arguments = call.arguments.isEmpty ? "{}" : call.arguments
        return [
            "id": .string(call.id), "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(arguments)],
        ]
    }
}
