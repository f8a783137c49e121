private import Foundation
private import Synchronization

/// Files with the sessions of the connectors that run here: one that is found without its process is of a connector that was killed.
///
/// A relay waits for a connector whose tunnels have died. One that was killed does not come back, and its successor can say so. Until
/// a relay has heard it, the successor's own file says it too: a start that fails leaves it to the next one.
final class SessionTrace: Sendable {
    private let directory: StateDirectory
    private let process: Int32
    /// Whether a relay has heard what this process found.
    private let isHeard = Mutex(false)

    /// - Parameters:
    ///   - directory: where the connector's state is written.
    ///   - process: its process id.
    init(directory: StateDirectory, process: Int32 = getpid()) {
        self.directory = directory
        self.process = process
    }

    private static let prefix = "session-"
    /// More are of no use: their relays wait for minutes at the most.
    private static let most = 16

    /// Takes the traces of processes that are no more over into this one's.
    ///
    /// Who cannot write there goes without: the relay then waits for as long as it is told to.
    /// - Returns: the sessions that were found.
    func begin() -> [String] {
        let names = self.directory.names.filter { name in
            guard name.hasPrefix(Self.prefix) else { return false }
            return Int32(name.dropFirst(Self.prefix.count)).map { self.isOver($0) } ?? false
        }
        var found: [String] = []
        for name in names { found += self.sessions(in: name).filter { !found.contains($0) } }
        found = Array(found.prefix(Self.most))
        if !found.isEmpty { self.put(found) }
        for name in names where name != self.name { self.directory.remove(name) }
        return found
    }

    /// A relay may know this process by any of these sessions, and has heard what was found.
    func write(_ sessions: [String]) {
        self.isHeard.withLock { $0 = true }
        self.put(sessions)
    }

    /// The process ends in order: its trace goes, unless it still says what no relay has heard.
    func end() {
        guard self.isHeard.withLock({ $0 }) else { return }
        self.directory.remove(self.name)
    }

    private var name: String { "\(Self.prefix)\(self.process)" }

    private func put(_ sessions: [String]) {
        try? self.directory.write(Data(sessions.joined(separator: "\n").utf8), to: self.name)
    }

    /// One session a line.
    private func sessions(in name: String) -> [String] {
        guard let text = self.directory.read(name).flatMap({ String(validating: $0, as: UTF8.self) }) else { return [] }
        return text.split(separator: "\n").filter { $0.utf8.count <= 64 }.map(String.init)
    }

    /// Whether a trace's process is no more; in a container the one before had this one's number.
    private func isOver(_ process: Int32) -> Bool {
        process == self.process || (kill(process, 0) != 0 && errno == ESRCH)
    }
}
