private import Foundation
private import Glibc
private import Synchronization

/// A program could not be started, or did not do what a test needs of it.
package struct ProgramFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// One run of a program as a process of its own.
///
/// Its standard output is read line by line; its standard error goes to a file. It is ended by its process id only, and
/// the kernel ends it should the tests end without having done so.
package final class Program: Sendable {
    /// What a program ended with: its exit status, or the negative number of the signal that ended it.
    package typealias Status = Int32

    package let name: String
    /// Lines of its standard output; closed when that ends.
    package let lines = Mailbox<String>()
    package let exited = Event<Status>()
    /// The path of the file with its standard error.
    package let log: String

    /// The process, as long as it may be signalled: once it was reaped its number may be another's.
    private let process = Mutex<pid_t?>(nil)

    /// Starts a program.
    /// - Parameters:
    ///   - name: one of this package's programs, or an absolute path.
    ///   - arguments: without the program's own name.
    ///   - environment: all of it; nothing of the tests' own environment is passed on but `PATH`.
    ///   - log: the file that its standard error is appended to.
    ///   - isHeard: whether its standard output is read; else whoever was to do so has left before its first line.
    package init(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        log: String,
        isHeard: Bool = true
    ) throws {
        self.name = name
        self.log = log
        let path = name.hasPrefix("/") ? name : try Self.path(of: name)
        let started = Mutex<Result<Void, any Error>?>(nil)
        let ready = DispatchSemaphore(value: 0)
        // One thread starts the process and waits for its end: the kernel ends the process when that very thread ends.
        let thread = Thread { [self] in
            do {
                let output = try self.spawn(path, arguments, environment)
                started.withLock { $0 = .success(()) }
                ready.signal()
                if isHeard { self.readLines(output) } else { close(output) }
                self.reap()
            } catch {
                started.withLock { $0 = .failure(error) }
                ready.signal()
            }
        }
        thread.start()
        ready.wait()
        try started.withLock { $0 }?.get()
    }

    /// Asks the program to end in order.
    package func terminate() { self.signal(SIGTERM) }

    /// Ends the program as a power cut would.
    package func kill() { self.signal(SIGKILL) }

    /// Sends a signal, when the process still exists.
    package func signal(_ number: Int32) {
        self.process.withLock { process in
            if let process { _ = Glibc.kill(process, number) }
        }
    }

    /// Ends the program: in order first, then by force.
    package func stop() async {
        self.terminate()
        if (try? await self.exited.wait(within: 5, "\(self.name) ends")) == nil { self.kill() }
        _ = try? await self.exited.wait(within: 5, "\(self.name) is gone")
    }

    /// Its process id, as long as it runs.
    package var processIdentifier: Int32? { self.process.withLock { $0 } }

    /// What the program wrote to standard error so far.
    package var logText: String { (try? String(contentsOfFile: self.log, encoding: .utf8)) ?? "" }

    /// The end of that, or what it says of a crash, of which the beginning tells most.
    package var lastWords: Substring {
        let text = self.logText
        guard let crash = text.range(of: "Fatal error") ?? text.range(of: "Program crashed") else {
            return text.suffix(8_000)
        }
        return text[crash.lowerBound...].prefix(8_000)
    }
}

extension Program {
    /// Where the programs lie: beside the tests, or where `ADIT_PROGRAMS` says.
    package static func path(of name: String) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = environment["ADIT_PROGRAMS"] ?? (own as NSString).deletingLastPathComponent
        let path = "\(folder)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ProgramFailure("there is no program at \(path); build it first")
        }
        return path
    }

    private func spawn(_ path: String, _ arguments: [String], _ environment: [String: String]) throws -> Int32 {
        var pipe: [Int32] = [0, 0]
        guard Glibc.pipe(&pipe) == 0 else { throw ProgramFailure("no pipe: \(errno)") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, self.log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // Sockets and pipes of the tests must not live on in the program. Closing what is not open is no error here.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
        for descriptor in 3..<(open.max() ?? 3) + 64 { posix_spawn_file_actions_addclose(&actions, descriptor) }

        let guardian = "/usr/bin/setpriv"
        let isGuarded = FileManager.default.isExecutableFile(atPath: guardian)
        let words = (isGuarded ? [guardian, "--pdeathsig", "KILL"] : []) + [path] + arguments
        var variables = environment
        variables["PATH"] = variables["PATH"] ?? ProcessInfo.processInfo.environment["PATH"]
        let settings = variables.map { "\($0.key)=\($0.value)" }

        var process: pid_t = 0
        let code = withCStrings(words) { argv in
            withCStrings(settings) { envp in
                posix_spawn(&process, words[0], &actions, nil, argv, envp)
            }
        }
        close(pipe[1])
        guard code == 0 else {
            close(pipe[0])
            throw ProgramFailure("\(path) cannot be started: \(String(cString: strerror(code)))")
        }
        self.process.withLock { $0 = process }
        return pipe[0]
    }

    private func readLines(_ descriptor: Int32) {
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            pending += buffer[..<count]
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                self.lines.put(String(decoding: pending[..<end], as: UTF8.self))
                pending.removeSubrange(...end)
            }
        }
        if !pending.isEmpty { self.lines.put(String(decoding: pending, as: UTF8.self)) }
        self.lines.close()
        close(descriptor)
    }

    private func reap() {
        guard let process = self.process.withLock({ $0 }) else { return }
        var information = siginfo_t()
        while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        var status: Int32 = 0
        self.process.withLock { current in
            waitpid(process, &status, 0)
            current = nil
        }
        let signal = status & 0x7f
        self.exited.fire(signal == 0 ? (status >> 8) & 0xff : -signal)
    }
}

/// Lends strings as the null-terminated array of null-terminated strings that C wants.
private func withCStrings<Answer>(
    _ strings: [String],
    _ body: ([UnsafeMutablePointer<CChar>?]) -> Answer
) -> Answer {
    let copies = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return body(copies)
}
