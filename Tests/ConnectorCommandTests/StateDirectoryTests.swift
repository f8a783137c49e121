import Foundation
import Logging
import Testing
private import Uplink

@testable import ConnectorCommand

@Suite("The connector's state directory")
struct StateDirectoryTests {
    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test("whoever writes there first, it is its owner's alone, and so is every file", arguments: 0..<3)
    func modes(_ writer: Int) throws {
        try inTemporaryDirectory { directory in
            let state = StateDirectory(path: directory + "/far/state")
            switch writer {
            case 0: SessionTrace(directory: state).write(["a"])
            case 1: KnownCarriers(directory: state).note(.websocket, for: "https://r")
            default: try state.write(Data("{}".utf8), to: "connector-1.json")
            }
            #expect(try self.mode(directory + "/far") == 0o700)
            #expect(try self.mode(state.path) == 0o700)
            let name = try #require(state.names.first)
            #expect(state.names == [name])
            #expect(try self.mode(state.path(of: name)) == 0o600)
        }
    }

    @Test(
        "one that may not be looked into is not taken for an empty one",
        .enabled(if: geteuid() != 0, "root may look everywhere")
    )
    func isForOthers() throws {
        try inTemporaryDirectory { directory in
            let state = StateDirectory(path: directory + "/state")
            #expect(!state.isForOthers, "what is not there is nobody's")
            try state.write(Data("{}".utf8), to: "connector-1.json")
            #expect(!state.isForOthers)
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: state.path)
            #expect(state.isForOthers)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: state.path)
        }
    }

    @Test("a file is replaced as a whole, and nothing is left of one that cannot be written")
    func write() throws {
        try inTemporaryDirectory { directory in
            let state = StateDirectory(path: directory)
            for text in ["one", "another"] {
                try state.write(Data(text.utf8), to: "a")
                #expect(state.read("a") == Data(text.utf8))
            }
            try FileManager.default.createDirectory(atPath: state.path(of: "b"), withIntermediateDirectories: false)
            #expect(throws: (any Error).self) { try state.write(Data(), to: "b") }
            #expect(state.names.sorted() == ["a", "b"])
            state.remove("a")
            #expect(state.read("a") == nil)
        }
    }

    @Test("drafts of programs that were killed while they wrote are taken away, and nothing else is")
    func drafts() throws {
        try inTemporaryDirectory { directory in
            let state = StateDirectory(path: directory)
            let names = [
                "a.json.17.new", "session-1.18446744073709551615.new", "b.new", "b.x.new", ".17.new", "c.17.json",
            ]
            for name in names { _ = try "".written(to: state.path(of: name)) }
            // Somebody may be writing them just now.
            state.removeAbandonedDrafts()
            #expect(state.names.sorted() == names.sorted())
            state.removeAbandonedDrafts(now: Date() + 61)
            #expect(state.names.sorted() == [".17.new", "b.new", "b.x.new", "c.17.json"])
            StateDirectory(path: directory + "/none").removeAbandonedDrafts()
        }
    }

    @Test("what is in its way is named")
    func obstacle() throws {
        try inTemporaryDirectory { directory in
            let file = try "in the way".written(to: directory + "/file")
            for path in [file, file + "/below", file + "/far/below"] {
                #expect(StateDirectory(path: path).obstacle == file)
            }
            for path in [directory, directory + "/new", directory + "/far/new", "/", "/n", "relative/new", "r"] {
                #expect(StateDirectory(path: path).obstacle == nil)
            }
        }
    }
}
