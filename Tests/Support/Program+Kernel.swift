private import Foundation

/// What the kernel knows of a program that runs.
extension Program {
    /// How many file descriptors it has open; 0 when it has ended.
    package var descriptors: Int {
        guard let process = self.processIdentifier else { return 0 }
        return (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count) ?? 0
    }

    /// A number of `/proc/<pid>/status`: `VmRSS` in KiB, `Threads`.
    package func kernelNumber(_ name: String) -> Int? {
        guard let process = self.processIdentifier,
            let text = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }

    /// How many of them are sockets.
    package var sockets: Int {
        guard let process = self.processIdentifier else { return 0 }
        let files = FileManager.default
        let names = (try? files.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? []
        return names.count { name in
            let target = try? files.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(name)")
            return target?.hasPrefix("socket:") == true
        }
    }
}
