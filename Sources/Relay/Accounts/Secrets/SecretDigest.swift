/// What a secret is recognised by: its HMAC-SHA-256 under the server's own secret. 32 bytes.
///
/// Four plain words, in the order in which the bytes lie in memory, and no vector: Swift 6.3.1 makes the frame of an asynchronous
/// function too small when it holds a value that is aligned to 32 bytes, as records with a digest in them then are, and the
/// function writes into memory of others. `scripts/check-frames` looks for such functions in the programs.
package struct SecretDigest: Hashable, Sendable {
    static let length = 32

    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let fourth: UInt64

    /// Answers `nil` unless there are 32 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        self = Array(bytes).withUnsafeBytes { Self(loadedFrom: $0) }
    }

    /// - Parameter bytes: at least 32 of them.
    init(loadedFrom bytes: UnsafeRawBufferPointer) {
        self.first = bytes.loadUnaligned(as: UInt64.self)
        self.second = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        self.third = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        self.fourth = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }

    /// A digest is as good as random to everybody without the server's secret, so that eight bytes of it spread as well
    /// as all 32.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.first)
    }
}
