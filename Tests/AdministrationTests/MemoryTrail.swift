internal import Accounts
private import Synchronization

/// An audit log that nothing keeps.
final class MemoryTrail: AuditTrail {
    private let state = Mutex<[AuditEntry]>([])
    /// Whether it can be written.
    private let broken = Mutex(false)

    var all: [AuditEntry] { self.state.withLock { $0 } }

    func breakDown() { self.broken.withLock { $0 = true } }

    func begin(_ entry: AuditEntry) async throws -> Int {
        guard !self.broken.withLock({ $0 }) else { throw BrokenDisk() }
        return self.state.withLock { entries in
            var entry = entry
            entry.id = (entries.last?.id ?? 0) + 1
            entries.append(entry)
            return entry.id
        }
    }

    func finish(_ id: Int, status: Int, subject: String?) async throws {
        self.state.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
            entries[index].status = status
            if let subject { entries[index].subject = subject }
        }
    }

    func withdraw(_ id: Int) async throws { self.state.withLock { $0.removeAll { $0.id == id } } }

    func entries(_ query: AuditQuery) async throws -> [AuditEntry] {
        self.all.reversed().filter { entry in
            entry.id < query.before ?? .max && query.actor.map { $0 == entry.actor } ?? true
                && query.action.map { $0 == entry.action } ?? true
                && query.subject.map { $0 == entry.subject } ?? true
        }
        .prefix(query.limit).map(\.self)
    }

    func forget(before time: Int) async throws -> Int { 0 }
}
