private import FoundationEssentials

/// Reasoning as the opaque text that callers keep and send back (`encrypted_content`).
///
/// It is no secret, since its summary says the same; it is for callers that keep nothing but this. Local models can
/// only be given the words themselves.
struct SealedReasoning: Hashable, Sendable {
    /// Tells ours from other services'.
    private static let mark = "adit1."

    var text: String

    init(text: String) {
        self.text = text
    }

    /// Opens one of ours; `nil` for what another service made.
    init?(_ sealed: String) {
        guard sealed.hasPrefix(Self.mark) else { return nil }
        let code = String(sealed.dropFirst(Self.mark.count))
        guard let data = Data(base64Encoded: code), let text = String(bytes: data, encoding: .utf8) else { return nil }
        self.text = text
    }

    var sealed: String { Self.mark + Data(self.text.utf8).base64EncodedString() }
}
