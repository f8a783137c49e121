private import FoundationEssentials

/// The secret that a model server wants from whoever asks it; sent as `Authorization: Bearer`.
///
/// It never appears in a description, and so in no log.
package struct UpstreamCredential: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// What is wrong with a credential, as a sentence that does not hold it.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// The whole value of the `Authorization` header.
    let authorization: String

    /// Takes a secret, white space around it removed.
    package init(_ text: String) throws(Fault) {
        let secret = text.split(omittingEmptySubsequences: true) { $0.isWhitespace }
        guard secret.count == 1, let secret = secret.first else {
            throw Fault(description: secret.isEmpty ? "the credential is empty" : "the credential holds white space")
        }
        guard secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Fault(description: "the credential holds characters that no header can carry")
        }
        self.authorization = "Bearer \(secret)"
    }

    /// Reads a secret from a file.
    package init(file path: String) throws(Fault) {
        guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
            throw Fault(description: "the credential's file «\(path)» cannot be read")
        }
        try self.init(String(decoding: bytes, as: UTF8.self))
    }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
