private import Crypto

/// Turns secrets into digests, so that nobody who reads the database can use what stands there.
///
/// Keys and tokens carry 256 random bits, so one keyed hash is enough; a slow one would only protect secrets that people
/// make up. Looking a digest up says nothing about a secret by its timing: whoever does not know the server's secret cannot
/// choose the digest.
///
/// This is HMAC (RFC 2104) written out over SHA-256, because every call pays for it: with the keyed states copied it costs
/// 0.8 µs where the library's generic `HMAC` costs 1.3.
package struct SecretHasher: Sendable {
    /// SHA-256 that has taken in the key XOR `ipad`; copied for each use.
    private let inner: SHA256
    /// SHA-256 that has taken in the key XOR `opad`; copied for each use.
    private let outer: SHA256

    private static let blockLength = 64

    /// - Parameter serverSecret: 32 random bytes; any other number works as RFC 2104 says.
    package init(serverSecret: [UInt8]) {
        let key = serverSecret.count > Self.blockLength ? Array(SHA256.hash(data: serverSecret)) : serverSecret
        let block = key + Array(repeating: 0, count: Self.blockLength - key.count)
        var inner = SHA256()
        inner.update(data: block.map { $0 ^ 0x36 })
        var outer = SHA256()
        outer.update(data: block.map { $0 ^ 0x5C })
        self.inner = inner
        self.outer = outer
    }

    /// Reads the server's secret from a file, which is made, for its owner only, when there is none.
    /// - Throws: ``ServerSecretFile/Failure``, which says what to do.
    package init(file path: String) throws {
        self.init(serverSecret: try ServerSecretFile(path: path).readOrMake())
    }

    /// The digest of a secret.
    package func digest(of secret: Substring) -> SecretDigest {
        secret.utf8.span.withUnsafeBytes { self.digest(of: $0) }
    }

    /// The digest of a secret.
    package func digest(of secret: String) -> SecretDigest {
        self.digest(of: secret[...])
    }

    /// The digest of bytes.
    func digest(of bytes: UnsafeRawBufferPointer) -> SecretDigest {
        var inner = self.inner
        inner.update(bufferPointer: bytes)
        var outer = self.outer
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize().withUnsafeBytes { SecretDigest(loadedFrom: $0) }
    }
}
