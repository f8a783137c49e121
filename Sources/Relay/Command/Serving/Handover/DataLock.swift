private import Glibc
private import Synchronization
internal import Terminal

/// Keeps other relays off a data directory, whatever has become of the sockets in it.
///
/// The kernel keeps it with the open file (flock(2)): it goes along with the file to the relay that takes this one's place, without a
/// moment in which nobody has it, and ends with the last process that has the file open, however that ends.
final class DataLock: Sendable {
    private let descriptor: Mutex<CInt?>

    /// Takes over the one that the relay before this one gave.
    init(given descriptor: CInt) {
        self.descriptor = Mutex(descriptor)
    }

    /// Takes the one of a data directory.
    /// - Throws: when another relay has it.
    init(_ data: DataDirectory) throws(Complaint) {
        let path = data.lock
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw Complaint("cannot open \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            _ = close(file)
            throw Complaint(
                code == EWOULDBLOCK
                    ? "another relay runs on the data directory \(data.path): stop it first"
                    : "cannot lock \(path): \(String(cString: strerror(code)))"
            )
        }
        self.descriptor = Mutex(file)
    }

    deinit {
        self.letGo()
    }

    /// A copy of its file for another process, which the caller closes; `nil` when it was let go of.
    func copy() -> CInt? {
        self.descriptor.withLock { descriptor in
            let copy = descriptor.map { fcntl($0, F_DUPFD_CLOEXEC, 0) } ?? -1
            return copy >= 0 ? copy : nil
        }
    }

    /// Leaves it to those that were given a copy; where there are none, it is free.
    func letGo() {
        self.descriptor.withLock { descriptor in
            if let file = descriptor { _ = close(file) }
            descriptor = nil
        }
    }
}
