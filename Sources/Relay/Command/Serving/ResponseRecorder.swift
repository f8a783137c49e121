internal import Gateway
internal import Logging
private import NIOCore
internal import SQLiteStore
private import Synchronization

/// Writes the stored responses down as they change, and gives them back after a restart; only where the operator wants it.
///
/// While one relay takes another one's place both do so, and each reads what the other one has written: so nobody's response is
/// lost, whichever of the two has made it and whichever is asked for it.
final class ResponseRecorder: Sendable {
    private struct State {
        /// The responses that were there at the last look.
        var seen: Set<String> = []
        /// Whether another relay wrote there, too.
        var isShared = false
    }

    private let gateway: Gateway
    private let responses: ResponseStore
    private let file: SQLiteResponses
    private let logger: Logger
    private let state = Mutex(State())

    init(gateway: Gateway, file: SQLiteResponses, logger: Logger) {
        self.gateway = gateway
        self.responses = gateway.responses
        self.file = file
        self.logger = logger
    }

    /// Gives back what was written down, before calls are accepted.
    /// - Parameter time: those that were last used by then are forgotten, in seconds since 1970.
    func restore(usedAfter time: Int) async throws {
        // Asked first: what another relay writes before it ends is read below.
        let isShared = self.file.isShared
        let records = try await self.file.load(usedAfter: time)
        self.responses.restore(records.map(KeptResponse.init))
        self.looked(Set(records.map(\.id)), isShared)
    }

    /// What writes, every second and once more at the end.
    var service: Periodic {
        Periodic(
            pause: .seconds(1),
            failure: "stored responses were not written down, or not read; it is tried again",
            logger: self.logger,
            work: self.turn
        )
    }

    /// Another relay has this one's place.
    func leave() { self.responses.leave() }

    /// What another relay has used lately is not too old here, and what is deleted here is gone from the file before that is read:
    /// nothing comes back.
    @Sendable private func turn() async throws {
        let isShared = self.file.isShared
        let wasShared = self.state.withLock { $0.isShared }
        guard isShared || wasShared, !self.gateway.isStopping else { return try await self.write() }
        self.responses.noteUses(try await self.file.uses())
        try await self.write()
        let seen = self.state.withLock { $0.seen }
        let ids = Set(try await self.file.uses().keys)
        self.responses.drop(seen.subtracting(ids))
        let unread = self.responses.unread(among: ids.subtracting(seen))
        self.responses.restore(try await self.file.load(unread).map(KeptResponse.init))
        self.looked(ids, isShared)
    }

    private func looked(_ ids: Set<String>, _ isShared: Bool) {
        self.responses.noteCompany(isShared)
        self.state.withLock { $0 = State(seen: ids, isShared: isShared) }
    }

    private func write() async throws {
        let changes = self.responses.takeChanges()
        guard !changes.isEmpty else { return }
        let used = changes.used.map { (id: $0.id, used: $0.usedAt) }
        do {
            try await self.file.apply(
                put: changes.put.map(SQLiteResponses.Record.init),
                used: used,
                forgotten: changes.forgotten
            )
        } catch {
            // What was forgotten must not come back from the disk one day.
            self.responses.giveBack(changes)
            throw error
        }
    }
}

extension KeptResponse {
    fileprivate init(_ record: SQLiteResponses.Record) {
        self.init(
            id: record.id,
            owner: record.owner,
            previous: record.previous,
            input: ByteBuffer(bytes: record.input),
            response: ByteBuffer(bytes: record.response),
            usedAt: record.used
        )
    }
}

extension SQLiteResponses.Record {
    fileprivate init(_ kept: KeptResponse) {
        self.init(
            id: kept.id,
            owner: kept.owner,
            previous: kept.previous,
            input: Array(kept.input.readableBytesView),
            response: Array(kept.response.readableBytesView),
            used: kept.usedAt
        )
    }
}
