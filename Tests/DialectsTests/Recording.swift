import Foundation
import Testing

/// What must come out stands in files, and `ADIT_RECORD=1` writes them anew.
enum Recording {
    /// Writes what came out as what must, where that is asked for. The test fails then: it compares nothing.
    static func write(_ bytes: some Sequence<UInt8>, to file: URL) throws {
        guard ProcessInfo.processInfo.environment["ADIT_RECORD"] == "1" else { return }
        try Data(bytes).write(to: file)
        Issue.record("recorded \(file.lastPathComponent): read it, and run the test again without ADIT_RECORD")
    }
}
