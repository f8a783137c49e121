extension ChatRequestWriter {
    static func writeTools(of conversation: Conversation, to body: inout JSONObject) {
        var tools = conversation.tools
        var choice: JSONValue?
        switch conversation.toolChoice {
        case nil: break
        case .some(.none): tools = []
        case .automatic: choice = "auto"
        case .required: choice = "required"
        case .tool(let name):
            choice = ["type": "function", "function": ["name": .string(name)]]
            if let tool = tools.first(where: { $0.name == name }) { tools = [tool] }
        }
        // OpenAI's own servers refuse a choice among no tools.
        guard !tools.isEmpty else { return }
        body["tools"] = .array(tools.map(Self.tool))
        body["tool_choice"] = choice
        body["parallel_tool_calls"] = conversation.allowsParallelToolCalls.map { .bool($0) }
    }

    private static func tool(_ tool: Conversation.Tool) -> JSONValue {
        var function = JSONObject([("name", .string(tool.name))])
        function["description"] = tool.description.map { .string($0) }
        function["parameters"] = Self.parameters(tool.parameters)
        function["strict"] = tool.isStrict.map { .bool($0) }
        return ["type": "function", "function": .object(function)]
    }

    /// Templates read `properties` without looking whether it is there, and some grammars do not know `$schema`.
    private static func parameters(_ schema: JSONValue) -> JSONValue {
        guard var object = schema.object else { return ["type": "object", "properties": [:]] }
        object["$schema"] = nil
        if object["type"] == nil { object["type"] = "object" }
        let isElsewhere = ["$ref", "anyOf", "oneOf", "allOf"].contains { object[$0] != nil }
        if object["properties"] == nil, !isElsewhere { object["properties"] = [:] }
        return .object(object)
    }
}
