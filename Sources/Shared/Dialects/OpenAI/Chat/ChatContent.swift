/// Reads contents and thoughts that come as lists of parts.
enum ChatContent {
    /// The texts of a content, and the thoughts that Mistral puts into it.
    static func read(_ value: JSONValue?) -> (reasoning: String, text: String) {
        switch value {
        case .string(let text): return ("", text)
        case .array(let parts):
            var reasoning = ""
            var text = ""
            for part in parts {
                if let thought = part["thinking"] { reasoning += Self.text(thought) } else { text += Self.text(part) }
            }
            return (reasoning, text)
        default: return ("", "")
        }
    }

    /// A text, or the texts of a list of parts such as OpenRouter's `reasoning_details`.
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .array(let parts): parts.reduce(into: "") { $0 += Self.text($1) }
        case .object: value["text"]?.string ?? value["summary"]?.string ?? ""
        default: ""
        }
    }
}
