private import Crypto
private import Glibc

/// What a secret is recognised by: its HMAC-SHA-256 under the server's own secret. 32 bytes.
package struct SecretDigest: Hashable, Sendable {
    package var bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// Turns secrets into digests, so that nobody who reads the database can use what stands there.
///
/// Keys and tokens carry 256 random bits, so one keyed hash is enough; a slow one would only protect secrets that people
/// make up. Looking a digest up says nothing about a secret by its timing: whoever does not know the server's secret cannot
/// choose the digest.
package struct SecretHasher: Sendable {
    /// The hash with the server's secret worked in already; copied for each use.
    private let keyed: HMAC<SHA256>

    /// - Parameter serverSecret: 32 random bytes.
    package init(serverSecret: [UInt8]) {
        self.keyed = HMAC<SHA256>(key: SymmetricKey(data: serverSecret))
    }

    /// Reads the server's secret from a file, which is made, for its owner only, when there is none.
    package init(file path: String) throws {
        self.init(serverSecret: try ServerSecretFile(path: path).readOrMake())
    }

    /// The digest of a secret.
    package func digest(of secret: some StringProtocol) -> SecretDigest {
        var hash = self.keyed
        var text = String(secret)
        text.withUTF8 { bytes in hash.update(data: bytes) }
        return SecretDigest(bytes: Array(hash.finalize()))
    }
}

/// The file that holds the server's secret.
struct ServerSecretFile {
    static let length = 32
    let path: String

    /// What is wrong with the file.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    func readOrMake() throws -> [UInt8] {
        let file = open(self.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            guard errno == EEXIST else { throw self.failure("cannot be made") }
            return try self.read()
        }
        defer { _ = Glibc.close(file) }
        let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let written = secret.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        guard written == Self.length, fsync(file) == 0 else {
            _ = unlink(self.path)
            throw self.failure("cannot be written")
        }
        return secret
    }

    private func read() throws -> [UInt8] {
        let file = open(self.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw self.failure("cannot be read") }
        defer { _ = Glibc.close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw self.failure("cannot be read") }
        guard status.st_mode & 0o077 == 0 else {
            throw Failure(
                description:
                    "the server's secret \(self.path) can be read by others: make it yours alone with «chmod 600»"
            )
        }
        var bytes = [UInt8](repeating: 0, count: Self.length + 1)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        guard count == Self.length else {
            throw Failure(
                description: "the server's secret \(self.path) is not \(Self.length) bytes long: "
                    + "put the right file back; without it no key and no token is recognised"
            )
        }
        return Array(bytes.prefix(Self.length))
    }

    private func failure(_ what: String) -> Failure {
        Failure(description: "the server's secret \(self.path) \(what): \(String(cString: strerror(errno)))")
    }
}
