extension Program {
    /// What a program that came to its end by itself left behind.
    package struct Outcome: Sendable {
        package var status: Status
        /// Its standard output.
        package var output: String
        /// Its standard error.
        package var complaint: String
    }

    /// Runs a program to its end.
    package static func run(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        within seconds: Double = 30
    ) async throws -> Outcome {
        let directory = try TemporaryDirectory()
        let program = try Program(name, arguments, environment: environment, log: directory.file("stderr"))
        do {
            return try await withDeadline(seconds, "\(name) \(arguments.joined(separator: " ")) ends") {
                var lines: [String] = []
                while let line = try await program.lines.next() { lines.append(line) }
                let status = try await program.exited.wait()
                return Outcome(
                    status: status,
                    output: lines.map { $0 + "\n" }.joined(),
                    complaint: program.logText
                )
            }
        } catch {
            program.kill()
            throw error
        }
    }

    /// Waits for a line of standard output.
    package func line(
        within seconds: Double,
        _ what: String,
        where isWanted: @escaping @Sendable (String) -> Bool
    ) async throws -> String {
        do {
            return try await withDeadline(seconds, "\(self.name) says \(what)") {
                while let line = try await self.lines.next() {
                    if isWanted(line) { return line }
                }
                let status = try await self.exited.wait()
                throw ProgramFailure("\(self.name) ended with status \(status) before it said \(what)")
            }
        } catch {
            throw ProgramFailure("\(error)\n\(self.logText.suffix(4000))")
        }
    }
}
