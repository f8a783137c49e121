import Foundation
import Testing

@testable import ConnectorCommand

/// What a connector leaves behind for the one that comes after it.
struct SessionTraceTests {
    /// The trace of a process; none has such a number.
    private func trace(_ directory: String, _ number: Int32) -> SessionTrace {
        SessionTrace(directory: StateDirectory(path: directory), process: 2_000_000_000 + number)
    }

    private func files(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    @Test func aKilledConnectorIsFoundOnce() throws {
        try inTemporaryDirectory { directory in
            let first = self.trace(directory, 1)
            #expect(first.begin() == [])
            first.write(["a"])
            let second = self.trace(directory, 2)
            #expect(second.begin() == ["a"])
            second.write(["b"])
            #expect(self.trace(directory, 3).begin() == ["b"])
        }
    }

    @Test func aConnectorThatEndsInOrderLeavesNothing() throws {
        try inTemporaryDirectory { directory in
            let trace = self.trace(directory, 1)
            #expect(trace.begin() == [])
            trace.write(["a"])
            trace.end()
            let left = try self.files(directory)
            #expect(left == [])
        }
    }

    /// It found no model server, say: no relay has heard from it of the one that was killed.
    @Test(arguments: [1, 2, 40])
    func startsThatFailLeaveWhatTheyFound(starts: Int32) throws {
        try inTemporaryDirectory { directory in
            let killed = self.trace(directory, 0)
            _ = killed.begin()
            killed.write(["a"])
            for number in 1...starts { #expect(self.trace(directory, number).begin() == ["a"]) }
            // One that was told to stop before a relay welcomed it knows no more than they.
            let stopped = self.trace(directory, starts + 1)
            #expect(stopped.begin() == ["a"])
            stopped.end()
            let good = self.trace(directory, starts + 2)
            #expect(good.begin() == ["a"])
            good.write(["b"])
            good.end()
            let left = try self.files(directory)
            #expect(left == [])
        }
    }

    /// In a container every process may have the same number.
    @Test func theNumberMayBeTheSame() throws {
        try inTemporaryDirectory { directory in
            self.trace(directory, 1).write(["a"])
            for _ in 0..<2 { #expect(self.trace(directory, 1).begin() == ["a"]) }
        }
    }

    /// One that has read its configuration again has calls in tunnels of the one before.
    @Test func allSessionsOfOneThatWasKilledAreFound() throws {
        try inTemporaryDirectory { directory in
            let killed = self.trace(directory, 1)
            killed.write(["a"])
            killed.write(["b", "a"])
            #expect(self.trace(directory, 2).begin() == ["b", "a"])
        }
    }

    @Test func severalThatWereKilledAreToldTogether() throws {
        try inTemporaryDirectory { directory in
            for number in 1...20 { self.trace(directory, Int32(number)).write(["s\(number)"]) }
            #expect(self.trace(directory, 30).begin().count == 16)
        }
    }

    @Test func aConnectorThatRunsIsLeftAlone() throws {
        try inTemporaryDirectory { directory in
            SessionTrace(directory: StateDirectory(path: directory)).write(["mine"])
            #expect(self.trace(directory, 1).begin() == [])
            let left = try self.files(directory)
            #expect(left == ["session-\(getpid())"])
        }
    }
}
