import Vocabulary

extension MessagesRequest {
    mutating func readTools(_ body: MessagesField) throws(GatewayError) {
        for tool in try body["tools"]?.array() ?? [] {
            _ = try tool.object()
            let type = try tool["type"]?.string() ?? "custom"
            let name = try tool["name"]?.string()
            guard type == "custom" else {
                self.droppedTools.append(name ?? type)
                continue
            }
            guard let name, !name.isEmpty else { throw try tool.member("name").fault("must not be empty") }
            if try tool["eager_input_streaming"]?.bool() == true { self.eagerTools.insert(name) }
            self.conversation.tools.append(
                Conversation.Tool(
                    name: name,
                    description: try tool["description"]?.string(),
                    parameters: .object(try tool.member("input_schema").object()),
                    isStrict: try tool["strict"]?.bool()
                )
            )
        }
    }

    mutating func readToolChoice(_ body: MessagesField) throws(GatewayError) {
        guard let choice = body["tool_choice"] else { return }
        switch try choice.type() {
        case "auto":
            self.conversation.toolChoice = .automatic
        case "none":
            self.conversation.toolChoice = Conversation.ToolChoice.none
        case "any":
            guard !self.conversation.tools.isEmpty else { throw choice.fault(self.missing(nil)) }
            self.conversation.toolChoice = .required
        case "tool":
            let name = try choice.member("name")
            let text = try name.string()
            guard self.conversation.tools.contains(where: { $0.name == text }) else {
                throw name.fault(self.missing(text))
            }
            self.conversation.toolChoice = .tool(text)
        case let type:
            throw choice.unknownType(type)
        }
        if try choice["disable_parallel_tool_use"]?.bool() == true { self.conversation.allowsParallelToolCalls = false }
    }

    private func missing(_ name: String?) -> String {
        let servers = "tools that run on Anthropic's servers are not available here"
        guard let name else {
            return self.droppedTools.isEmpty ? "needs at least one tool" : "needs a tool; \(servers)"
        }
        return self.droppedTools.contains(name) ? "\"\(name)\" cannot be called; \(servers)" : "\"\(name)\" is no tool"
    }
}
