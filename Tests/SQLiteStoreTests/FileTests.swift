import Accounts
import GRDB
import Testing
import Vocabulary

@testable import SQLiteStore

/// The file itself: whose it is, what may be opened, and what is said when it may not.
@Suite struct FileTests {
    @Test func filesAreForTheirOwnerOnly() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.insert(Sample.deployment("a"))
        #expect(try folder.files == ["adit.sqlite", "adit.sqlite-shm", "adit.sqlite-wal"])
        for file in try folder.files { #expect(try folder.mode(of: file) == 0o600, "\(file)") }
    }

    @Test func filesThatWereOpenToOthersAreNotAnyMore() async throws {
        let folder = try DataFolder()
        let first = try folder.openStore()
        for file in try folder.files { try folder.setMode(of: file, 0o644) }
        _ = try folder.openStore()
        for file in try folder.files { #expect(try folder.mode(of: file) == 0o600, "\(file)") }
        withExtendedLifetime(first) {}
    }

    @Test func itIsOpenedAsItShouldBe() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        // Of the connection that writes. 2 is FULL.
        let settings = try await store.database.writeWithoutTransaction { database in
            try ["journal_mode", "synchronous", "foreign_keys"].map {
                try String.fetchOne(database, sql: "PRAGMA \($0)")
            }
        }
        #expect(settings == ["wal", "2", "1"])
        #expect(try folder.values(String.self, "PRAGMA integrity_check") == ["ok"])
        #expect(
            try folder.values(
                String.self,
                "SELECT name FROM pragma_table_list WHERE strict = 0 AND type = 'table' AND schema = 'main'"
            ).sorted()
                == ["grdb_migrations", "sqlite_schema"]
        )
    }

    @Test func aDatabaseOfANewerVersionIsLeftAlone() async throws {
        let folder = try DataFolder()
        _ = try folder.openStore()
        try folder.run("INSERT INTO grdb_migrations VALUES ('999 telepathy')")
        let failure = #expect(throws: SQLiteStore.Failure.self) { try folder.openStore() }
        #expect(failure?.description.contains("newer version") == true)
        #expect(failure?.description.contains(folder.database) == true)
        try folder.run("DELETE FROM grdb_migrations WHERE identifier LIKE '999%'")
        _ = try folder.openStore()
    }

    @Test func aDatabaseOfAnotherProgramIsLeftAlone() async throws {
        let folder = try DataFolder()
        try folder.run("CREATE TABLE recipe (name TEXT)")
        let failure = #expect(throws: SQLiteStore.Failure.self) { try folder.openStore() }
        #expect(failure?.description.contains("not one of adit-relay") == true)
        #expect(try folder.values(String.self, "SELECT name FROM sqlite_master") == ["recipe"])
    }

    @Test func whatIsNoDatabaseIsRefused() async throws {
        let folder = try DataFolder()
        let rubbish = (0..<8_192).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        try folder.write(rubbish, to: "adit.sqlite")
        let failure = #expect(throws: SQLiteStore.Failure.self) { try folder.openStore() }
        #expect(failure?.description.contains("put a backup in its place") == true, "\(failure?.description ?? "")")
        #expect(try folder.read("adit.sqlite") == rubbish)
    }

    @Test func aDamagedDatabaseIsRefused() async throws {
        let folder = try DataFolder()
        do {
            let store = try folder.openStore()
            for number in 0..<200 { try await store.insert(Sample.key("key_\(number)")) }
        }
        try folder.run("PRAGMA wal_checkpoint(TRUNCATE)")
        let whole = try folder.read("adit.sqlite")
        // Everything but the first page, which says what the file is.
        try folder.write(whole.prefix(4_096) + whole.dropFirst(4_096).map { $0 ^ 0x55 }, to: "adit.sqlite")
        var said = ""
        do {
            _ = try await folder.openStore().load()
        } catch let failure as SQLiteStore.Failure {
            said = failure.description
        }
        #expect(said.contains("damaged"), "\(said)")
    }

    @Test func rowsThatCannotBeAreNotPassedOver() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.insert(Sample.key("key_1"))
        for spoil in [
            "INSERT INTO deployment (name, description, enabled, created, origin) VALUES ('no name', '', 1, 1, 'connector')",
            "UPDATE key_model SET pattern = 'no name' WHERE position = 0",
        ] {
            try folder.run(spoil)
            await #expect(throws: SQLiteStore.Failure.self) { try await store.load() }
            try folder.run("DELETE FROM deployment")
        }
    }

    @Test func aPlaceThatIsNotThereIsNamed() throws {
        let folder = try DataFolder()
        let failure = #expect(throws: SQLiteStore.Failure.self) {
            try SQLiteStore(path: folder.path + "/nowhere/adit.sqlite")
        }
        #expect(failure?.description.contains("/nowhere/adit.sqlite") == true)
        let itself = #expect(throws: SQLiteStore.Failure.self) { try SQLiteStore(path: folder.path) }
        #expect(itself?.description.contains(folder.path) == true)
    }
}
