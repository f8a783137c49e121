/// The line that Claude Code puts into its system prompt for Anthropic's accounts.
///
/// Its value changes with every request, so a model server that sees it can reuse nothing of the last prompt.
package enum BillingHeader {
    private static let name = "x-anthropic-billing-header:"

    /// The text without its billing line; the lines behind it stay as they are.
    static func stripped(from text: String) -> String {
        let start = text.drop(while: \.isWhitespace)
        guard start.hasPrefix(Self.name) else { return text }
        guard let end = start.firstIndex(where: \.isNewline) else { return "" }
        return String(start[end...].drop(while: \.isNewline))
    }

    /// A Messages body for a server that speaks the dialect itself, without the billing line in its `system`.
    package static func stripped(from body: JSONValue) -> JSONValue {
        guard case .object(var members) = body, let system = members["system"] else { return body }
        switch system {
        case .string(let text):
            let rest = Self.stripped(from: text)
            members["system"] = rest.isEmpty ? nil : .string(rest)
        case .array(let blocks):
            let kept = blocks.compactMap { block -> JSONValue? in
                guard case .object(var members) = block, let text = members["text"]?.string else { return block }
                let rest = Self.stripped(from: text)
                if rest.isEmpty, !text.isEmpty { return nil }
                members["text"] = .string(rest)
                return .object(members)
            }
            members["system"] = kept.isEmpty ? nil : .array(kept)
        default: break
        }
        return .object(members)
    }
}
