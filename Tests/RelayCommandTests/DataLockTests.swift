private import FoundationEssentials
private import Glibc
import Terminal
import Testing

@testable import RelayCommand

@Suite("The lock of a data directory")
struct DataLockTests {
    @Test("one has it, until that lets go of it and of every copy")
    func one() throws {
        try inTemporaryDirectory { data in
            let first = try DataLock(DataDirectory(path: data))
            #expect(refusal(data) == "another relay runs on the data directory \(data): stop it first")
            // Whatever is done to the sockets, and even where the first one has left: the copy counts.
            let copy = try #require(first.copy())
            first.letGo()
            #expect(first.copy() == nil)
            #expect(refusal(data) != nil)
            var second: DataLock? = DataLock(given: copy)
            #expect(refusal(data) != nil)
            #expect(second?.copy().map { close($0) } == 0)
            #expect(refusal(data) != nil)
            second = nil
            #expect(refusal(data) == nil)
        }
    }

    @Test("a directory that cannot be locked is named")
    func nowhere() {
        #expect(refusal("/dev/null/data") == "cannot open /dev/null/data/lock: Not a directory")
    }

    private func refusal(_ data: String) -> String? {
        do throws(Complaint) {
            _ = try DataLock(DataDirectory(path: data))
            return nil
        } catch {
            return error.description
        }
    }
}
