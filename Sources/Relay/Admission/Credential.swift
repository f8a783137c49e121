package import Vocabulary

/// The secret that a caller presents, as it stood in the request's headers.
package struct Credential: Sendable {
    let secret: Substring

    /// Finds the key in the headers that may carry one; the first that says anything counts.
    /// - Parameters:
    ///   - authorization: `Bearer …`, as OpenAI's SDKs send it.
    ///   - apiKey: `x-api-key`.
    ///   - googleKey: `x-goog-api-key`.
    /// - Throws: `invalidKey` when there is none, or an `authorization` of another kind.
    package init(authorization: String?, apiKey: String?, googleKey: String?) throws(GatewayError) {
        if let authorization, !authorization.isEmpty {
            guard let token = Self.bearer(authorization) else {
                throw GatewayError(
                    .invalidKey,
                    "The authorization header is not of the form «Bearer sk-…»."
                )
            }
            self.secret = token
        } else if let apiKey, !apiKey.isEmpty {
            self.secret = apiKey[...]
        } else if let googleKey, !googleKey.isEmpty {
            self.secret = googleKey[...]
        } else {
            throw GatewayError(
                .invalidKey,
                "No API key was sent. Send it as «Authorization: Bearer sk-…»."
            )
        }
    }

    /// The token of a Bearer header (RFC 6750 §2.1), `nil` when it is none; the scheme's case does not count.
    static func bearer(_ header: String) -> Substring? {
        let bytes = header.utf8
        guard let range = Self.token(bytes.span) else { return nil }
        let start = bytes.index(bytes.startIndex, offsetBy: range.lowerBound)
        return header[start..<bytes.index(start, offsetBy: range.count)]
    }

    /// Where the token stands: behind the scheme, between blanks, without a blank in it.
    private static func token(_ header: Span<UInt8>) -> Range<Int>? {
        let scheme = "bearer".utf8
        let blank = UInt8(ascii: " ")
        var start = scheme.count
        var end = header.count
        guard end > start, header[start] == blank else { return nil }
        // The sixth bit is what tells small letters from capitals.
        for (index, letter) in scheme.enumerated() where header[index] | 0x20 != letter { return nil }
        while start < end, header[start] == blank { start += 1 }
        while start < end, header[end - 1] == blank { end -= 1 }
        guard start < end else { return nil }
        for index in start..<end where header[index] == blank { return nil }
        return start..<end
    }
}

extension Credential: CustomStringConvertible, CustomReflectable {
    /// Says nothing of the secret, so that no log ever holds it.
    package var description: String { "a credential" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
