import Vocabulary

extension GeminiRequest {
    /// `systemInstruction`: a content, its parts' texts, or a plain string.
    mutating func readInstruction(_ fields: GeminiFields) throws(GatewayError) {
        guard let value = fields["systemInstruction"] else { return }
        let path = fields.path("systemInstruction")
        var texts: [String] = []
        if let text = value.string {
            texts = [text]
        } else {
            let parts =
                value.array == nil
                ? try GeminiFields(value, at: path).list("parts") : try fields.list("systemInstruction")
            for part in parts {
                guard let text = try part.string("text") else { throw .gemini("must be text", at: part.path) }
                texts.append(text)
            }
        }
        let text = texts.filter { !$0.isEmpty }.joined(separator: "\n\n")
        if !text.isEmpty { self.conversation.messages.append(.system(text)) }
    }

    /// `contents`: turns of the user and of the model. Neighbours of one side become one turn.
    mutating func readContents(_ fields: GeminiFields) throws(GatewayError) {
        let contents = try fields.list("contents")
        guard !contents.isEmpty else { throw .gemini("must hold at least one content", at: fields.path("contents")) }
        var turns = GeminiTurns()
        for content in contents {
            let parts = try content.list("parts")
            switch try content.string("role") {
            case "user", "function", "", nil: try turns.user(parts)
            case "model": try turns.model(parts)
            case let role?: throw .gemini("is «\(role)», which is neither `user` nor `model`", at: content.path("role"))
            }
        }
        let messages = turns.finish()
        guard !messages.isEmpty else { throw .gemini("must hold at least one part", at: fields.path("contents")) }
        self.conversation.messages += messages
    }
}
