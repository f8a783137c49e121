private import Glibc

/// The file that holds the server's secret: 32 random bytes, for its owner only.
package struct ServerSecretFile: Sendable {
    static let length = 32
    private let path: String

    package init(path: String) {
        self.path = path
    }

    /// Why the secret cannot be had, and what to do.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// The secret of the file; a new one, on disk when this returns, if there was no file.
    package func readOrMake() throws(Failure) -> [UInt8] {
        // The file has its mode from its first moment, and of two programs that start at once only one makes it.
        let file = open(self.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file < 0 else { return try self.make(in: file) }
        guard errno == EEXIST else { throw self.failed("made") }
        return try self.readExisting()
    }

    private func make(in file: Int32) throws(Failure) -> [UInt8] {
        let secret = SecretSource.system(Self.length)
        let isKept =
            secret.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == secret.count
            && fsync(file) == 0 && self.syncFolder()
        let reason = errno
        _ = close(file)
        guard isKept else {
            _ = unlink(self.path)
            errno = reason
            throw self.failed("written")
        }
        return secret
    }

    /// Makes the file's name in its folder durable too.
    private func syncFolder() -> Bool {
        let folder = self.path.lastIndex(of: "/").map { self.path[...$0] } ?? "."
        let file = open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { _ = close(file) }
        return fsync(file) == 0
    }

    private func readExisting() throws(Failure) -> [UInt8] {
        let file = open(self.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw self.failed("read") }
        defer { _ = close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw self.failed("read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(description: "the server's secret \(self.path) is not a file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Failure(
                description: "the server's secret \(self.path) is open to others than its owner: "
                    + "make it yours alone with «chmod 600 \(self.path)»"
            )
        }
        guard status.st_size > 0 else {
            throw Failure(
                description:
                    "the server's secret \(self.path) is empty, as a first start leaves it that was cut short: "
                    + "delete the file if this relay has no keys yet, or put the right one back"
            )
        }
        var bytes = [UInt8](repeating: 0, count: Self.length + 1)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw self.failed("read") }
        guard count == Self.length else {
            throw Failure(
                description: "the server's secret \(self.path) is not \(Self.length) bytes long: "
                    + "put the right file back; without it no key and no token is recognised"
            )
        }
        return Array(bytes.prefix(Self.length))
    }

    /// A call of the system failed just now.
    private func failed(_ what: String) -> Failure {
        Failure(description: "the server's secret \(self.path) cannot be \(what): \(String(cString: strerror(errno)))")
    }
}
