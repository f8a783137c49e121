private import Foundation
import TestSupport

/// TCP ports on which a process listens, as the kernel tells them (proc(5), `/proc/PID/net/tcp` and `/proc/PID/fd`).
enum ListeningPorts {
    static func of(process program: Program) throws -> [Int] {
        guard let process = program.processIdentifier else { return [] }
        let folder = "/proc/\(process)"
        let files = FileManager.default
        let sockets = try Set(
            files.contentsOfDirectory(atPath: "\(folder)/fd").compactMap { name in
                try? files.destinationOfSymbolicLink(atPath: "\(folder)/fd/\(name)")
            }
        )
        var ports: [Int] = []
        for table in ["tcp", "tcp6"] {
            let text = try String(contentsOfFile: "\(folder)/net/\(table)", encoding: .utf8)
            for line in text.split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                // Field 3 is the state, 0A is LISTEN; field 9 is the inode of the socket.
                guard fields.count > 9, fields[3] == "0A", sockets.contains("socket:[\(fields[9])]") else { continue }
                if let port = fields[1].split(separator: ":").last.flatMap({ Int($0, radix: 16) }) {
                    ports.append(port)
                }
            }
        }
        return ports
    }
}
