private import Foundation

/// Files with the sessions of the connectors that run here: one that is found without its process is of a connector that was killed.
///
/// A relay waits for a connector whose tunnels have died. One that was killed does not come back, and its successor can say so.
struct SessionTrace: Sendable {
    private let directory: String
    private let process: Int32

    /// - Parameters:
    ///   - directory: where the connector's state is written.
    ///   - process: its process id.
    init(directory: String, process: Int32 = getpid()) {
        self.directory = directory
        self.process = process
    }

    private static let prefix = "session-"
    /// More are of no use: their relays wait for minutes at the most.
    private static let most = 16

    /// Leaves this process's trace, and takes away those of processes that are no more.
    ///
    /// Who cannot write there goes without: the relay then waits for as long as it is told to.
    /// - Returns: the sessions that were found.
    func begin(_ session: String) -> [String] {
        try? FileManager.default.createDirectory(
            atPath: self.directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let names = (try? FileManager.default.contentsOfDirectory(atPath: self.directory)) ?? []
        var found: [String] = []
        for name in names where name.hasPrefix(Self.prefix) {
            guard let process = Int32(name.dropFirst(Self.prefix.count)), self.isOver(process) else { continue }
            let path = "\(self.directory)/\(name)"
            if let text = try? String(contentsOfFile: path, encoding: .utf8), text.utf8.count <= 64 {
                found.append(text)
            }
            try? FileManager.default.removeItem(atPath: path)
        }
        self.write(session)
        return Array(found.prefix(Self.most))
    }

    /// From now on the process is known by this session.
    func write(_ session: String) {
        try? session.write(toFile: self.path, atomically: true, encoding: .utf8)
    }

    /// Takes the trace away: the process ends in order.
    func end() {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    private var path: String { "\(self.directory)/\(Self.prefix)\(self.process)" }

    /// Whether a trace's process is no more; in a container the one before had this one's number.
    private func isOver(_ process: Int32) -> Bool {
        process == self.process || (kill(process, 0) != 0 && errno == ESRCH)
    }
}
