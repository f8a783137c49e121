import Testing

/// Imports run one way: a target exists to fence an import.
struct ImportTests {
    @Test(arguments: Room.all)
    func aRoomSeesOnlyWhatItMay(room: Room) throws {
        let house = Set(Room.all.map(\.module))
        for file in try SourceFile.all(in: room.folder) {
            let forbidden = file.imports.intersection(house).subtracting(room.sees)
            #expect(
                forbidden.isEmpty,
                "\(file.path) imports \(forbidden.sorted()): \(room.module) must not, for \(room.reason)"
            )
        }
    }

    @Test(arguments: Fence.all)
    func aFenceHolds(fence: Fence) throws {
        for room in Room.all where !fence.rooms.contains(room.module) {
            for file in try SourceFile.all(in: room.folder) {
                #expect(
                    !file.imports.contains(fence.module),
                    "\(file.path) imports \(fence.module), which belongs to \(fence.rooms.sorted()): \(fence.reason)"
                )
            }
        }
    }

    /// A fence that is wider than what it fences keeps nothing out.
    @Test func noTargetMayMoreThanItDoes() throws {
        let targets = try DeclaredTarget.all()
        #expect(targets.count > 40)
        for target in targets {
            let files = try SourceFile.all(in: target.folder)
            #expect(!files.isEmpty, "\(target.name) has no files in \(target.folder)")
            var unused = target.modules
            for file in files { unused.subtract(file.imports) }
            // The programs that they run, which have to be built before.
            if target.name == "EndToEndTests" { unused.subtract(["RelayCommand", "ConnectorCommand"]) }
            #expect(unused.isEmpty, "\(target.name) does not import \(unused.sorted()): Package.swift must not say it")
        }
    }

    @Test func everyFileBelongsToARoom() throws {
        for file in try SourceFile.all(in: "Sources") {
            let isHome = Room.all.contains { file.path.hasPrefix($0.folder + "/") }
            #expect(isHome, "\(file.path) stands in no room of the house")
        }
    }

    @Test func theHouseIsThere() throws {
        // Should the folders move, the other tests must not pass by finding nothing.
        #expect(try SourceFile.all(in: "Sources").count > 20)
    }

    @Test func theVocabularyRestsOnNothing() throws {
        for file in try SourceFile.all(in: "Sources/Shared/Vocabulary") {
            #expect(file.imports.isEmpty, "\(file.path) imports \(file.imports.sorted())")
        }
    }

    /// Dialects and the tunnel's protocol use NIO for `ByteBuffer` only: nothing in them reads, writes or waits.
    @Test(arguments: ["Sources/Shared/Dialects", "Sources/Shared/TunnelProtocol"])
    func pureRoomsDoNoInputOrOutput(folder: String) throws {
        for file in try SourceFile.all(in: folder) {
            let nio = file.imports.filter { $0.hasPrefix("NIO") && $0 != "NIOCore" }
            #expect(nio.isEmpty, "\(file.path) imports \(nio)")
            for (number, text) in file.code {
                let word = text.words.first { word in
                    word.hasPrefix("Channel") || word.hasPrefix("EventLoop")
                        || ["NIOAny", "Task", "async", "await"].contains(word)
                }
                #expect(word == nil, "\(file.path):\(number) mentions \(word ?? "")")
            }
        }
    }

    @Test(arguments: [
        ("import NIOCore", "NIOCore"), ("package import Vocabulary", "Vocabulary"),
        ("    private import struct NIOCore.ByteBuffer", "NIOCore"), ("@testable import Gateway", "Gateway"),
        ("@_spi(Experimental) internal import Testing", "Testing"), ("@preconcurrency import GRDB // reason", "GRDB"),
    ])
    func importsAreRecognised(line: String, module: String) {
        #expect(SourceFile(path: "x.swift", text: "// import Nothing\n\(line)\n").imports == [module])
    }
}
