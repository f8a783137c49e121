/// Where ids and secrets come from.
package struct SecretSource: Sendable {
    private let random: @Sendable (Int) -> [UInt8]

    /// - Parameter random: answers as many random bytes as it is asked for; the system's generator unless a test needs its own.
    package init(random: @escaping @Sendable (Int) -> [UInt8] = SecretSource.system) {
        self.random = random
    }

    /// The system's generator, which is fit for secrets.
    package static let system: @Sendable (Int) -> [UInt8] = { count in
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// A secret: the prefix and 43 characters that carry 256 bits.
    package func secret(prefix: String) -> String {
        prefix + Self.base64URL(self.random(32))
    }

    /// An id: the prefix and sixteen letters and digits.
    package func id(prefix: String) -> String {
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)
        let letters = self.random(16).map { alphabet[Int($0 & 31)] }
        return prefix + String(decoding: letters, as: UTF8.self)
    }

    /// RFC 4648 §5, without padding.
    private static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
