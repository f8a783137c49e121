import Accounts

/// The secret that a connection showed last, and what it is recognised by: programs show the same one with every call, and its keyed
/// hash costs a hundredth of a small one.
///
/// It is kept as long as the connection. Whoever shows another one does not learn from the time that it takes whether both begin in
/// the same way: all bytes are compared.
package struct ShownSecret: Sendable {
    private var secret: Substring = ""
    private var digest: SecretDigest?

    package init() {}

    mutating func digest(of secret: Substring, in directory: Directory) -> SecretDigest {
        if let digest, Self.areSame(secret, self.secret) { return digest }
        let digest = directory.digest(of: secret)
        (self.secret, self.digest) = (secret, digest)
        return digest
    }

    private static func areSame(_ one: Substring, _ other: Substring) -> Bool {
        let (one, other) = (one.utf8.span, other.utf8.span)
        guard one.count == other.count else { return false }
        var difference: UInt8 = 0
        for index in one.indices { difference |= one[index] ^ other[index] }
        return difference == 0
    }
}

extension ShownSecret: CustomStringConvertible, CustomReflectable {
    /// Says nothing of the secret, so that no log ever holds it.
    package var description: String { "a secret" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
