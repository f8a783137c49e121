import Vocabulary

/// Function calls and the responses that answer them.
///
/// Gemini's ids are optional. A call without one gets `call_0`, `call_1` …, the same in every request of a conversation so
/// that model servers find their cached prompts again; a response without one answers the first open call of its name.
struct GeminiCalls {
    private struct Open {
        var id: String
        var name: String
        var hasOwnID: Bool
        var turn: Int
    }

    private var open: [Open] = []
    private var ids: Set<String> = []
    private var generated = 0
    private var turn = 0

    /// The model speaks again after the user.
    mutating func beginTurn() {
        self.turn += 1
    }

    mutating func call(_ call: GeminiFields) throws(GatewayError) -> Message.ToolCall {
        let name = try self.name(call)
        let args = call["args"] ?? .object(JSONObject())
        guard args.object != nil else { throw .gemini("must be an object", at: call.path("args")) }
        let own = try self.id(call)
        let id = own ?? self.newID()
        self.ids.insert(id)
        self.open.append(Open(id: id, name: name, hasOwnID: own != nil, turn: self.turn))
        return Message.ToolCall(id: id, name: name, arguments: args.text)
    }

    mutating func result(_ result: GeminiFields) throws(GatewayError) -> Message.ToolResult {
        let id = self.close(name: try self.name(result), id: try self.id(result))
        let response = result["response"] ?? .object(JSONObject())
        var parts: [Message.Part] = [.text(Self.text(of: response))]
        for part in try result.list("parts") {
            if let said = try GeminiPart.said(part) { parts.append(said) }
        }
        return Message.ToolResult(callID: id, parts: parts)
    }

    /// The id of the call that a response answers.
    private mutating func close(name: String, id: String?) -> String {
        guard let place = self.place(name: name, id: id) else { return id ?? self.newID() }
        return self.open.remove(at: place).id
    }

    private func place(name: String, id: String?) -> Int? {
        if let id, let place = self.open.firstIndex(where: { $0.id == id }) { return place }
        // A response may have an id although its call came without one; it then cannot answer a call that had its own.
        let fits = { (call: Open) in call.name == name && (id == nil || !call.hasOwnID) }
        return self.open.firstIndex { fits($0) && $0.turn == self.turn } ?? self.open.firstIndex(where: fits)
    }

    private func name(_ fields: GeminiFields) throws(GatewayError) -> String {
        guard let name = try fields.string("name"), !name.isEmpty else {
            throw .gemini("is missing", at: fields.path("name"))
        }
        return name
    }

    private func id(_ fields: GeminiFields) throws(GatewayError) -> String? {
        let id = try fields.string("id")
        return id?.isEmpty == true ? nil : id
    }

    private mutating func newID() -> String {
        repeat {
            let id = "call_\(self.generated)"
            self.generated += 1
            if self.ids.insert(id).inserted { return id }
        } while true
    }

    /// What a tool answered. SDKs wrap what is no object as `result` or `output`; the model is told what was inside.
    private static func text(of response: JSONValue) -> String {
        guard let members = response.object?.members, members.count == 1, let member = members.first,
            member.key == "result" || member.key == "output"
        else { return response.string ?? response.text }
        return member.value.string ?? member.value.text
    }
}
