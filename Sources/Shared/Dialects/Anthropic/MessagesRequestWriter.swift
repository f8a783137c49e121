/// Writes a conversation as a body of Anthropic's Messages, for model servers that count tokens in that dialect only.
struct MessagesRequestWriter {
    /// The model's name at its server.
    var model: String

    /// What has an influence on the prompt: its messages and its tools.
    func request(_ conversation: Conversation) -> JSONObject {
        var body = JSONObject([("model", .string(self.model))])
        var messages: [JSONValue] = []
        var results: [JSONValue] = []
        for message in ChatTurns.arranged(conversation.messages) {
            if case .toolResult(let result) = message {
                results.append(Self.result(result))
                continue
            }
            if !results.isEmpty { messages.append(["role": "user", "content": .array(results)]) }
            results = []
            switch message {
            case .system(let text): body["system"] = .string(text)
            case .user(let parts): messages.append(["role": "user", "content": .array(parts.map(Self.block))])
            case .assistant(let turn): messages.append(["role": "assistant", "content": .array(Self.blocks(turn))])
            case .toolResult: break
            }
        }
        if !results.isEmpty { messages.append(["role": "user", "content": .array(results)]) }
        body["messages"] = .array(messages)
        if !conversation.tools.isEmpty { body["tools"] = .array(conversation.tools.map(Self.tool)) }
        return body
    }

    private static func result(_ result: Message.ToolResult) -> JSONValue {
        let text = ChatTurns.text(of: result.parts)
        return ["type": "tool_result", "tool_use_id": .string(result.callID), "content": .string(text)]
    }

    private static func blocks(_ turn: Message.AssistantTurn) -> [JSONValue] {
        var blocks: [JSONValue] = []
        if !turn.reasoning.isEmpty {
            blocks.append(["type": "thinking", "thinking": .string(turn.reasoning), "signature": ""])
        }
        let text = turn.text + (turn.refusal ?? "")
        if !text.isEmpty || (turn.toolCalls.isEmpty && blocks.isEmpty) {
            blocks.append(["type": "text", "text": .string(text)])
        }
        for call in turn.toolCalls {
            let input = try? JSONValue(reading: ToolInput.object(of: call.arguments))
            blocks.append([
                "type": "tool_use", "id": .string(call.id), "name": .string(call.name), "input": input ?? [:],
            ])
        }
        return blocks
    }

    /// What the dialect has no word for counts as the text that it is.
    private static func block(_ part: Message.Part) -> JSONValue {
        switch part {
        case .text(let text):
            return ["type": "text", "text": .string(text)]
        case .image(let url, _), .linkedImage(let url, _, _):
            guard let inline = InlineData(url) else {
                return ["type": "image", "source": ["type": "url", "url": .string(url)]]
            }
            let source: JSONValue = [
                "type": "base64", "media_type": .string(inline.type), "data": .string(inline.data),
            ]
            return ["type": "image", "source": source]
        case .audio(let data, _), .file(let data, _):
            return ["type": "text", "text": .string(data)]
        }
    }

    private static func tool(_ tool: Conversation.Tool) -> JSONValue {
        var body = JSONObject([("name", .string(tool.name))])
        body["description"] = tool.description.map { .string($0) }
        body["input_schema"] = tool.parameters
        return .object(body)
    }

    /// A `data:` URL in base64 (RFC 2397), in parts.
    private struct InlineData {
        var type: String
        var data: String

        init?(_ url: String) {
            guard url.hasPrefix("data:"), let comma = url.firstIndex(of: ",") else { return nil }
            let head = url[..<comma].dropFirst(5)
            guard head.hasSuffix(";base64") else { return nil }
            self.type = String(head.dropLast(7))
            self.data = String(url[url.index(after: comma)...])
        }
    }
}
