private import Glibc

/// Tells whether other processes have the same file open.
///
/// Each has a shared lock on a file beside it (an open file description lock, fcntl(2)), which ends with the process however that
/// ends, and asks whether it could have it for itself.
final class FileCompany: Sendable {
    private let descriptor: CInt

    init(path: String) throws(SQLiteStore.Failure) {
        self.descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        var lock = Self.lock(F_RDLCK)
        guard self.descriptor >= 0, fcntl(self.descriptor, Self.setLock, &lock) == 0 else {
            throw SQLiteStore.Failure(description: "cannot lock \(path): \(SQLiteStore.reason)")
        }
    }

    deinit {
        _ = close(self.descriptor)
    }

    /// Whether there are others now.
    var isThere: Bool {
        var lock = Self.lock(F_WRLCK)
        return fcntl(self.descriptor, Self.getLock, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }

    /// All of the file.
    private static func lock(_ type: CInt) -> flock {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        return lock
    }

    // F_OFD_GETLK and F_OFD_SETLK, which are hidden from those who do not ask for them.

    private static let getLock: CInt = 36
    private static let setLock: CInt = 37
}
