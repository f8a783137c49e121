internal import Accounts
internal import GRDB
internal import Vocabulary

/// What reading and writing accounts is made of.
extension SQLiteStore {
    func read<Value: Sendable>(
        _ action: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await self.database.read(body)
        } catch let error as DatabaseError {
            throw Failure(action, error)
        }
    }

    /// One transaction; what the schema refuses is said as the directory says it.
    /// - Parameter thing: what is written, for the message.
    func write(_ thing: String, _ body: @escaping @Sendable (Database) throws -> Void) async throws {
        do {
            try await self.database.write(body)
        } catch let error as DatabaseError {
            switch error.extendedResultCode {
            case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID:
                throw DirectoryError(code: .conflict, message: "The database has the \(thing) already.")
            case _ where error.resultCode == .SQLITE_CONSTRAINT:
                throw DirectoryError(
                    code: .invalid,
                    message: "The database does not take the \(thing): \(error.message ?? "it breaks a rule")."
                )
            default:
                throw Failure("write the \(thing)", error)
            }
        }
    }

    static func requireChange(_ database: Database, of thing: String) throws {
        guard database.changesCount > 0 else {
            throw DirectoryError(code: .notFound, message: "There is no \(thing) in the database.")
        }
    }

    /// Writes the lists of a key that has none in the database, and its limits.
    static func insertLists(of key: Key, _ database: Database) throws {
        for (position, pattern) in key.allowedModels.enumerated() {
            try database.execute(
                sql: "INSERT INTO key_model (key_id, position, pattern) VALUES (?, ?, ?)",
                arguments: [key.id.rawValue, position, pattern.rawValue]
            )
        }
        for (kind, ranges) in [("allow", key.allowedAddresses), ("deny", key.deniedAddresses)] {
            for (position, range) in ranges.enumerated() {
                try database.execute(
                    sql: "INSERT INTO key_address (key_id, kind, position, range) VALUES (?, ?, ?, ?)",
                    arguments: [key.id.rawValue, kind, position, range.description]
                )
            }
        }
        try Self.put(key.limits, .key, key.id.rawValue, database)
    }

    /// The addresses of keys, by the kind of the list and the key's id one behind the other.
    static func addresses(_ database: Database) throws -> [String: [NetworkRange]] {
        var addresses: [String: [NetworkRange]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT kind || key_id, range FROM key_address ORDER BY position") {
            let text: String = row[1]
            guard let range = NetworkRange(text) else {
                throw Failure(description: "the database holds the addresses «\(text)», which are none")
            }
            addresses[row[0], default: []].append(range)
        }
        return addresses
    }

    static func patterns(_ database: Database, sql: String) throws -> [String: [DeploymentPattern]] {
        var patterns: [String: [DeploymentPattern]] = [:]
        for row in try Row.fetchAll(database, sql: sql) {
            let text: String = row["pattern"]
            guard let pattern = DeploymentPattern(text) else {
                throw Failure(description: "the database holds the pattern «\(text)», which is none")
            }
            patterns[row[0], default: []].append(pattern)
        }
        return patterns
    }

    /// The second columns of the rows by their first ones.
    static func lists(_ database: Database, sql: String) throws -> [String: [String]] {
        var lists: [String: [String]] = [:]
        for row in try Row.fetchAll(database, sql: sql) { lists[row[0], default: []].append(row[1]) }
        return lists
    }
}
