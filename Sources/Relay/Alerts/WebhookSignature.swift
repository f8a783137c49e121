private import Crypto
private import FoundationEssentials

/// Proves to a receiver who has sent a message and when, as «Standard Webhooks» 1.0 says (standardwebhooks.com).
///
/// It never appears in a description, and so in no log.
package struct WebhookSignature: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let key: [UInt8]

    /// - Parameter secret: `whsec_` and base64 of 24 to 64 bytes, or any text of 16 characters at least, which is the key itself.
    /// - Returns: `nil` for a secret that is too short.
    package init?(secret: String) {
        if secret.hasPrefix("whsec_") {
            guard let key = Data(base64Encoded: String(secret.dropFirst(6))), (24...64).contains(key.count) else {
                return nil
            }
            self.key = Array(key)
        } else {
            guard secret.utf8.count >= 16 else { return nil }
            self.key = Array(secret.utf8)
        }
    }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The headers of a message.
    /// - Parameter time: of this attempt, in seconds since 1970.
    package func headers(id: String, time: Int, body: [UInt8]) -> [(name: String, value: String)] {
        let content = Array("\(id).\(time).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: self.key))
        return [
            ("webhook-id", id), ("webhook-timestamp", "\(time)"),
            ("webhook-signature", "v1,\(Data(code).base64EncodedString())"),
        ]
    }
}
