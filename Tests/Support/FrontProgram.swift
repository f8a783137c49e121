private import Foundation
private import Glibc

/// A reverse proxy as a process of its own, with the configuration of `deploy/`, before a relay's plain port.
package final class FrontProgram: Front {
    package enum Kind: String, CaseIterable, Sendable {
        case nginx
        case haproxy
        case caddy
    }

    package let port: Int
    package var url: String { "https://127.0.0.1:\(self.port)" }

    private let program: Program
    private let directory: TemporaryDirectory

    private init(program: Program, directory: TemporaryDirectory, port: Int) {
        self.program = program
        self.directory = directory
        self.port = port
    }

    /// Where the program is on this machine, or why not.
    package static func path(of kind: Kind) -> String? {
        let found = ["/usr/sbin/", "/usr/bin/", "/usr/local/bin/", "/usr/local/sbin/"].map { $0 + kind.rawValue }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        if found == nil {
            print(
                "skipped: \(kind.rawValue) is not installed (apt-get install \(kind == .nginx ? "nginx-light" : kind.rawValue))"
            )
        }
        return found
    }

    /// Starts one that shows the relay's own certificate.
    /// - Parameter change: what is different from the configuration in `deploy/`, as pairs of texts.
    package static func start(
        _ kind: Kind,
        before relay: RelayUnderTest,
        changing changes: [(String, String)] = []
    ) async throws -> FrontProgram {
        guard let path = Self.path(of: kind) else { throw ProgramFailure("\(kind) is not installed") }
        let directory = try TemporaryDirectory()
        let port = try Self.freePort()
        let tls = "\(relay.data)/dev-tls"
        let files = (certificate: "\(tls)/cert.pem", key: "\(tls)/key.pem")
        let pair = [files.certificate, files.key].compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
        try directory.write(pair.joined(separator: "\n"), to: "relay.pem")
        let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("deploy").path
        let name = [Kind.nginx: "nginx.conf", .haproxy: "haproxy.cfg", .caddy: "Caddyfile"][kind] ?? ""
        var text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        let places = [
            ("127.0.0.1:8080", "127.0.0.1:\(relay.plainPort)"),
            ("/etc/adit/tls/fullchain.pem", files.certificate), ("/etc/adit/tls/privkey.pem", files.key),
            ("/etc/adit/tls/relay.pem", directory.file("relay.pem")),
            ("listen 443 ", "listen 127.0.0.1:\(port) "), ("bind :443 ", "bind 127.0.0.1:\(port) "),
            ("relay.example.com {", "https://127.0.0.1:\(port) {\n\tbind 127.0.0.1"), ("# tls /", "tls /"),
            // What a test's system may not give.
            ("maxconn 20000", "maxconn 1000"), ("worker_rlimit_nofile 65536;", ""),
            ("worker_connections 16384", "worker_connections 1000"), ("\nhttp {", "\nhttp {\n    access_log off;"),
        ]
        for (standard, own) in places + changes { text = text.replacingOccurrences(of: standard, with: own) }
        if kind == .caddy { text = "{\n\tadmin off\n\tauto_https off\n}\n" + text }
        try directory.write(text, to: name)
        let program = try Program(
            path,
            Self.arguments(kind, configuration: directory.file(name), directory: directory),
            environment: ["HOME": directory.path],
            log: directory.file("log")
        )
        let front = FrontProgram(program: program, directory: directory, port: port)
        let caller = try HTTPCaller(port: port, authority: relay.authority)
        do {
            try await eventually(within: 30, "\(kind) answers") {
                if let status = program.exited.happened { throw ProgramFailure("\(kind) ended with \(status)") }
                return (try? await caller.get("/healthz").status) == 200
            }
        } catch {
            await front.stop()
            throw ProgramFailure("\(error)\n\(program.logText.suffix(4000))")
        }
        return front
    }

    package func stop() async { await self.program.stop() }

    private static func arguments(_ kind: Kind, configuration: String, directory: TemporaryDirectory) -> [String] {
        switch kind {
        case .nginx:
            let settings = "daemon off; pid \(directory.file("pid")); error_log stderr warn;"
            return ["-p", directory.path, "-c", configuration, "-g", settings]
        case .haproxy: return ["-db", "-f", configuration]
        case .caddy: return ["run", "--config", configuration, "--adapter", "caddyfile"]
        }
    }

    /// A port that nobody listens on now.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw ProgramFailure("no socket: \(errno)") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else { throw ProgramFailure("no free port: \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
