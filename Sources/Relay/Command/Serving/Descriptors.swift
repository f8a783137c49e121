private import Glibc

/// The file descriptors that the system gives this process.
enum Descriptors {
    /// What is not for callers and connectors: the database, the log, event loops, images, the administration socket.
    static let reserve = 128

    /// Takes as many as the system allows (getrlimit(2)); shells often hand out a thousand of a million.
    /// - Returns: how many there are now.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        return Int(min(limit.rlim_cur, 10_000_000))
    }

    /// How many connections may be open with so many descriptors.
    static func mostConnections(of descriptors: Int) -> Int {
        max(descriptors - self.reserve, descriptors / 2)
    }
}
