/// What a secret is recognised by: its HMAC-SHA-256 under the server's own secret. 32 bytes.
package struct SecretDigest: Hashable, Sendable {
    static let length = 32

    /// The bytes in their order, as they lie in memory.
    private let words: SIMD4<UInt64>

    /// Answers `nil` unless there are 32 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        var words = SIMD4<UInt64>()
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        self.words = words
    }

    init(words: SIMD4<UInt64>) {
        self.words = words
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: self.words) { Array($0) } }

    /// A digest is as good as random to everybody without the server's secret, so that eight bytes of it spread as well
    /// as all 32.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.words.x)
    }
}
