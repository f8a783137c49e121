import Accounts
import Foundation
import Testing

@Suite struct ServerSecretFileTests {
    @Test func itIsMadeOnceForItsOwnerOnly() throws {
        try Folder.with { folder in
            let path = folder.file("server-secret")
            let first = try ServerSecretFile(path: path).readOrMake()
            #expect(first.count == 32)
            #expect(try folder.mode(of: "server-secret") == 0o600)
            #expect(try ServerSecretFile(path: path).readOrMake() == first)
            let digests = try (0..<2).map { _ in try SecretHasher(file: path).digest(of: "sk-adit-x") }
            #expect(digests[0] == digests[1])
            #expect(try ServerSecretFile(path: folder.file("another")).readOrMake() != first)
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o606, 0o644, 0o601, 0o666])
    func itIsRefusedWhenOthersMayTouchIt(mode: Int) throws {
        try Folder.with { folder in
            try folder.write(32, to: "server-secret", mode: mode)
            let failure = #expect(throws: ServerSecretFile.Failure.self) {
                try ServerSecretFile(path: folder.file("server-secret")).readOrMake()
            }
            #expect(failure?.description.contains("chmod 600") == true)
        }
    }

    @Test(arguments: [0, 1, 31, 33, 4_096])
    func itIsRefusedAtAnotherLength(count: Int) throws {
        try Folder.with { folder in
            try folder.write(count, to: "server-secret", mode: 0o600)
            let failure = #expect(throws: ServerSecretFile.Failure.self) {
                try ServerSecretFile(path: folder.file("server-secret")).readOrMake()
            }
            #expect(failure?.description.contains(count == 0 ? "is empty" : "not 32 bytes") == true)
            // Nothing was put in its place.
            #expect(try folder.length(of: "server-secret") == count)
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        try Folder.with { folder in
            try FileManager.default.createDirectory(
                atPath: folder.file("server-secret"),
                withIntermediateDirectories: false
            )
            for path in ["server-secret", "nowhere/server-secret"] {
                let failure = #expect(throws: ServerSecretFile.Failure.self) {
                    try SecretHasher(file: folder.file(path))
                }
                #expect(failure?.description.contains(folder.path) == true)
            }
        }
    }
}

/// A folder of its own for one test.
struct Folder {
    let path: String

    static func with(_ body: (Folder) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/accounts-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(Folder(path: path))
    }

    func file(_ name: String) -> String { self.path + "/" + name }

    func write(_ count: Int, to name: String, mode: Int) throws {
        let bytes = Data(repeating: 5, count: count)
        #expect(FileManager.default.createFile(atPath: self.file(name), contents: bytes))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: self.file(name))
    }

    func mode(of name: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: self.file(name))[.posixPermissions] as? Int ?? -1
    }

    func length(of name: String) throws -> Int {
        try Data(contentsOf: URL(fileURLWithPath: self.file(name))).count
    }
}
