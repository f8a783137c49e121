internal import FoundationEssentials

/// Makes a directory with a short path, and removes it with everything in it.
func inTemporaryDirectory<Answer>(_ body: (String) throws -> Answer) throws -> Answer {
    let path = try newDirectory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// The same, for bodies that wait.
func awaitInTemporaryDirectory<Answer>(_ body: (String) async throws -> Answer) async throws -> Answer {
    let path = try newDirectory()
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

private func newDirectory() throws -> String {
    let path = "/tmp/adit-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}
