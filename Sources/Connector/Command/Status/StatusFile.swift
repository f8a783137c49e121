private import Foundation

/// The file of a running connector's status; one for each process, readable by its owner only.
enum StatusFile {
    static func name(pid: Int32) -> String { "connector-\(pid).json" }

    static func write(_ status: ConnectorStatus, in directory: StateDirectory) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        try directory.write(try encoder.encode(status), to: self.name(pid: status.pid))
    }

    /// A connector writes every second. One that has not for so long has died, and its process id may be another program's by now.
    static let longestSilence = 30

    /// The status of every connector that runs and writes to the directory; files of those that died are taken away.
    /// - Parameter now: the time in seconds since 1970.
    static func readAll(in directory: StateDirectory, now: Int) -> [ConnectorStatus] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let names = directory.names.filter { $0.hasPrefix("connector-") && $0.hasSuffix(".json") }
        return names.sorted().compactMap { name in
            guard let data = directory.read(name), let status = try? decoder.decode(ConnectorStatus.self, from: data)
            else { return nil }
            let isThere = kill(status.pid, 0) == 0 || errno == EPERM
            guard isThere, now - status.writtenAt <= Self.longestSilence else {
                directory.remove(name)
                return nil
            }
            return status
        }
    }
}
