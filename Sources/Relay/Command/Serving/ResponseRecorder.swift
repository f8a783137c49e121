internal import Gateway
internal import Logging
private import NIOCore
internal import SQLiteStore

/// Writes the stored responses down as they change, and gives them back after a restart; only where the operator wants it.
struct ResponseRecorder: Sendable {
    let gateway: Gateway
    let file: SQLiteResponses
    let logger: Logger

    /// Gives back what was written down.
    /// - Parameter time: those that were last used by then are forgotten, in seconds since 1970.
    func restore(usedAfter time: Int) async throws {
        let records = try await self.file.load(usedAfter: time)
        self.gateway.restore(
            records.map { record in
                KeptResponse(
                    id: record.id,
                    owner: record.owner,
                    previous: record.previous,
                    input: ByteBuffer(bytes: record.input),
                    response: ByteBuffer(bytes: record.response),
                    usedAt: record.used
                )
            }
        )
    }

    /// What writes, every second and once more at the end.
    var service: Periodic {
        Periodic(
            pause: .seconds(1),
            failure: "stored responses were not written down; it is tried again",
            logger: self.logger,
            work: self.write
        )
    }

    @Sendable private func write() async throws {
        let changes = self.gateway.takeResponseChanges()
        guard !changes.isEmpty else { return }
        let put = changes.put.map { kept in
            SQLiteResponses.Record(
                id: kept.id,
                owner: kept.owner,
                previous: kept.previous,
                input: Array(kept.input.readableBytesView),
                response: Array(kept.response.readableBytesView),
                used: kept.usedAt
            )
        }
        let used = changes.used.map { (id: $0.id, used: $0.usedAt) }
        do {
            try await self.file.apply(put: put, used: used, forgotten: changes.forgotten)
        } catch {
            // What was forgotten must not come back from the disk one day.
            self.gateway.giveBack(changes)
            throw error
        }
    }
}
