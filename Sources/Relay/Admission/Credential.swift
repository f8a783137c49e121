package import Vocabulary

/// The secret that a caller presents, as it stood in the request's headers.
package struct Credential: Sendable {
    let secret: String

    /// Finds the key in the headers that may carry one; the first that is there counts.
    /// - Parameters:
    ///   - authorization: `Bearer …`, as OpenAI's SDKs send it.
    ///   - apiKey: `x-api-key`.
    ///   - googleKey: `x-goog-api-key`.
    package init(authorization: String?, apiKey: String?, googleKey: String?) throws(GatewayError) {
        if let authorization {
            guard let token = Self.bearer(authorization) else {
                throw GatewayError(
                    .invalidKey,
                    "The authorization header is not of the form «Bearer sk-…»."
                )
            }
            self.secret = token
        } else if let key = apiKey ?? googleKey, !key.isEmpty {
            self.secret = key
        } else {
            throw GatewayError(
                .invalidKey,
                "No API key was sent. Send it as «Authorization: Bearer sk-…»."
            )
        }
    }

    /// The token of a Bearer header (RFC 6750 §2.1), `nil` when it is none; the scheme's case does not count.
    static func bearer(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, let scheme = parts.first, scheme.lowercased() == "bearer" else { return nil }
        let token = parts[1].drop { $0 == " " }
        guard !token.isEmpty, !token.contains(" ") else { return nil }
        return String(token)
    }
}
