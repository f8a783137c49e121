private import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A disk without room, and one that cannot be written.
    @Suite struct FullDiskTests {
        @Test(.enabled("a file system must be mounted, which is not allowed here") { await SmallDisk.isPossible() })
        func nothingIsServedUnpaidAndAllIsWellWhenThereIsRoomAgain() async throws {
            try await Stand.billed { stand in
                let disk = try await SmallDisk(for: stand.relay)
                do {
                    try await Self.fill(disk, stand)
                    try await Self.forbidWriting(disk, stand)
                } catch {
                    stand.relay.program.kill()
                    await disk.remove()
                    throw error
                }
                await stand.relay.stop()
                await disk.remove()
            }
        }

        private static func fill(_ disk: SmallDisk, _ stand: Stand) async throws {
            try await stand.relay.startAgain()
            try await stand.isConnected()
            stand.upstream.script("yes") { try await $0.answer(UpstreamCall.chat("yes")) }
            stand.upstream.script("stream") { try await $0.stream(["a", "b"]) }
            let (plain, streamed) = (
                Stand.chat("Hi", #","script":"yes""#), Stand.streamedChat("Hi", #","script":"stream""#)
            )
            #expect(try await stand.caller.post("/v1/chat/completions", plain).status == 200)
            try disk.fill()
            var refused = 0
            for number in 0..<200 where refused < 20 {
                let answer = try await stand.caller.post("/v1/chat/completions", number % 2 == 0 ? plain : streamed)
                let isServed = answer.status == 200 && !answer.text.contains("accounted")
                if isServed {
                    // There was still room in the file: then it is paid.
                    #expect(try stand.charges(answer.head["x-request-id"] ?? "") == [Stand.usualCost])
                } else {
                    refused += 1
                    #expect(
                        answer.status == 500 || answer.text.contains("api_error"),
                        "\(answer.status) \(answer.text)"
                    )
                    #expect(try stand.charges(answer.head["x-request-id"] ?? "") == [])
                }
            }
            #expect(refused == 20, "the disk was never full")
            #expect(stand.relay.program.logText.contains("the ledger cannot be written"))
            try disk.makeRoom()
            try await eventually(within: 60, "calls are served again") {
                try await stand.caller.post("/v1/chat/completions", plain).status == 200
            }
            #expect(try stand.relay.texts("PRAGMA integrity_check") == ["ok"])
            #expect(try await stand.balance()[1] == "0")
            await stand.relay.stop()
        }

        private static func forbidWriting(_ disk: SmallDisk, _ stand: Stand) async throws {
            try await disk.setReadOnly(true)
            await #expect(throws: (any Error).self) { try await stand.relay.startAgain() }
            let log = stand.relay.directory.read(RelayUnderTest.log)
            #expect(
                log.contains("read-only") || log.contains("readonly") || log.contains("cannot"),
                "\(log.suffix(500))"
            )
            try await disk.setReadOnly(false)
            try await stand.relay.startAgain()
        }
    }

    /// A file system of a few megabytes in the place of a relay's data directory, while the relay does not run.
    private struct SmallDisk {
        let mount: String
        let data: String

        /// Answers `nil`, and says why, where mounting is not allowed.
        /// Whether a file system can be mounted here.
        static func isPossible() async -> Bool {
            guard let place = try? TemporaryDirectory() else { return false }
            let outcome = try? await Program.run("/bin/mount", ["-t", "tmpfs", "tmpfs", place.path])
            _ = try? await Program.run("/bin/umount", ["-l", place.path])
            return outcome?.status == 0
        }

        init(for relay: RelayUnderTest) async throws {
            self.mount = relay.directory.file("disk")
            self.data = relay.data
            await relay.stop()
            try FileManager.default.createDirectory(atPath: self.mount, withIntermediateDirectories: false)
            let outcome = try await Program.run(
                "/bin/mount",
                ["-t", "tmpfs", "-o", "size=4m", "tmpfs", self.mount]
            )
            guard outcome.status == 0 else { throw ProgramFailure("mount: \(outcome.complaint)") }
            _ = try await Program.run("/bin/cp", ["-a", self.data + "/.", self.mount])
            let bound = try await Program.run("/bin/mount", ["--bind", self.mount, self.data])
            guard bound.status == 0 else {
                await self.remove()
                throw ProgramFailure("mount --bind: \(bound.complaint)")
            }
        }

        private var filler: String { self.mount + "/filler" }

        /// Writes until there is no room.
        func fill() throws {
            try #require(FileManager.default.createFile(atPath: self.filler, contents: nil))
            let file = try #require(FileHandle(forWritingAtPath: self.filler))
            defer { try? file.close() }
            for size in [65_536, 4_096, 1] {
                while (try? file.write(contentsOf: Data(count: size))) != nil {}
            }
        }

        func makeRoom() throws {
            try FileManager.default.removeItem(atPath: self.filler)
        }

        func setReadOnly(_ isReadOnly: Bool) async throws {
            let how = "remount," + (isReadOnly ? "ro" : "rw")
            let outcome = try await Program.run("/bin/mount", ["-o", how, self.mount])
            guard outcome.status == 0 else { throw ProgramFailure("\(how): \(outcome.complaint)") }
        }

        func remove() async {
            _ = try? await Program.run("/bin/umount", ["-l", self.data])
            _ = try? await Program.run("/bin/umount", ["-l", self.mount])
        }
    }
}
