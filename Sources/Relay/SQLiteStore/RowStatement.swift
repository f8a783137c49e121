internal import GRDB
private import GRDBSQLite

/// A statement that writes many rows, one after the other, with values bound by hand.
///
/// What GRDB makes of a row's values, an array and a boxed copy of each, costs more than SQLite does to write the row. Values
/// are bound in their order; ``write()`` ends the row. Used within one transaction, on its connection's queue only.
struct RowStatement {
    /// Keeps the pointer alive.
    private let statement: Statement
    private let pointer: OpaquePointer
    private let texts: RowTexts
    private var column: Int32 = 0

    /// - Parameter texts: may serve several statements, of which one at a time has a row begun.
    init(_ database: Database, sql: String, texts: RowTexts) throws {
        self.statement = try database.cachedStatement(sql: sql)
        self.pointer = self.statement.sqliteStatement
        self.texts = texts
    }

    mutating func bind(_ number: Int64) {
        self.column += 1
        _ = sqlite3_bind_int64(self.pointer, self.column, number)
    }

    mutating func bind(_ number: Int) { self.bind(Int64(number)) }

    mutating func bind(_ truth: Bool) { self.bind(truth ? 1 as Int64 : 0) }

    mutating func bind(_ number: Int64?) {
        if let number { self.bind(number) } else { self.bindNull() }
    }

    mutating func bind(_ number: Int?) {
        if let number { self.bind(Int64(number)) } else { self.bindNull() }
    }

    mutating func bind(_ text: String) {
        self.column += 1
        let (start, count) = self.texts.keep(text)
        // Without a destructor SQLite takes no copy: the text stays where it is until the row is written.
        _ = sqlite3_bind_text64(self.pointer, self.column, start, UInt64(count), nil, UInt8(SQLITE_UTF8))
    }

    mutating func bind(_ text: String?) {
        if let text { self.bind(text) } else { self.bindNull() }
    }

    private mutating func bindNull() {
        self.column += 1
        _ = sqlite3_bind_null(self.pointer, self.column)
    }

    /// Writes the row whose values were bound.
    /// - Throws: what SQLite said; the transaction is to be rolled back then.
    mutating func write() throws {
        // A value too many or too few would be a row of another's values.
        assert(self.column == sqlite3_bind_parameter_count(self.pointer))
        self.column = 0
        let code = sqlite3_step(self.pointer)
        guard code != SQLITE_DONE else {
            _ = sqlite3_reset(self.pointer)
            return self.texts.forget()
        }
        let database = sqlite3_db_handle(self.pointer)
        let error = DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(database)),
            message: sqlite3_errmsg(database).map { String(cString: $0) }
        )
        _ = sqlite3_reset(self.pointer)
        self.texts.forget()
        throw error
    }

    /// Lets go of the last row's values: the statement outlives their texts.
    func end() {
        _ = sqlite3_clear_bindings(self.pointer)
    }
}

/// The texts of one row, kept where SQLite can read them until the row is written.
final class RowTexts {
    private var start: UnsafeMutablePointer<CChar>
    private var capacity = 4_096
    private var used = 0
    /// Memory that was too small, in which texts of the row may be.
    private var outgrown: [UnsafeMutablePointer<CChar>] = []

    init() {
        self.start = .allocate(capacity: self.capacity)
    }

    deinit {
        self.start.deallocate()
        self.forget()
    }

    /// Copies a text; the copy is there until ``forget()``.
    fileprivate func keep(_ text: String) -> (start: UnsafeMutablePointer<CChar>, count: Int) {
        var text = text
        return text.withUTF8 { bytes in
            if bytes.count > self.capacity - self.used {
                self.outgrown.append(self.start)
                self.capacity = max(bytes.count, self.capacity) * 2
                self.start = .allocate(capacity: self.capacity)
                self.used = 0
            }
            let copy = self.start + self.used
            // Unsafe, because SQLite wants an address: the memory is this object's, and large enough.
            let memory = UnsafeMutableRawBufferPointer(start: copy, count: bytes.count)
            memory.copyMemory(from: UnsafeRawBufferPointer(bytes))
            self.used += bytes.count
            return (copy, bytes.count)
        }
    }

    fileprivate func forget() {
        self.used = 0
        guard !self.outgrown.isEmpty else { return }
        for memory in self.outgrown { memory.deallocate() }
        self.outgrown.removeAll()
    }
}
