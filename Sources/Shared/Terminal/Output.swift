private import Glibc

/// Standard output, written so that a command learns when it cannot be (on a full disk an answer must not be lost in silence), and
/// standard error.
package enum Output {
    /// Writes all of a text.
    /// - Parameters:
    ///   - text: as it is, its last line end included.
    ///   - endsUnread: whether the program ends when nobody reads any more, as behind `| head`: by SIGPIPE and without a word, as others
    ///     do.
    package static func write(_ text: String, endsUnread: Bool = true) throws(Complaint) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let code = errno
                if code == EPIPE, endsUnread { self.end() }
                throw Complaint("standard output cannot be written: \(String(cString: strerror(code)))")
            }
            rest.removeFirst(count)
        }
    }

    /// Writes an error for people to standard error, as commands do whose errors have no status of their own.
    package static func complain(_ text: String) {
        var rest = Array("Error: \(text)\n".utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // There is nowhere else to say it; the status remains.
            guard count > 0 else { return }
            rest.removeFirst(count)
        }
    }

    /// The signal was ignored until now, for sockets whose other end has gone are no reason to end.
    private static func end() -> Never {
        _ = signal(SIGPIPE, SIG_DFL)
        _ = raise(SIGPIPE)
        exit(128 + SIGPIPE)
    }
}
