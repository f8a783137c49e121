import Admission
import Dialects
package import NIOCore

/// How stored responses are kept.
package struct ResponseKeeping: Sendable {
    /// The texts of all of them together, in bytes.
    package var bytes = 64 << 20
    /// How long one is kept after its last use.
    package var seconds = 3_600
    /// How many may be made in the background at the same time for one key.
    package var runningPerKey = 16
    /// How many may be made in the background at the same time in all.
    package var running = 256
    /// Whether somebody writes them down: ``Gateway/takeResponseChanges()`` is asked for what has changed.
    package var isPersisted = false

    package init() {}
}

/// A stored response as it is written down.
package struct KeptResponse: Hashable, Sendable {
    package var id: String
    /// What the key that it belongs to is known by.
    package var owner: [UInt8]
    /// The id of the response that it went on from.
    package var previous: String?
    /// The items that the caller sent, as a JSON array.
    package var input: ByteBuffer
    /// The response object.
    package var response: ByteBuffer
    /// When it was last used, in seconds since 1970.
    package var usedAt: Int

    package init(
        id: String,
        owner: [UInt8],
        previous: String?,
        input: ByteBuffer,
        response: ByteBuffer,
        usedAt: Int
    ) {
        self.id = id
        self.owner = owner
        self.previous = previous
        self.input = input
        self.response = response
        self.usedAt = usedAt
    }
}

/// What has changed among the stored responses, in no order.
package struct KeptChanges: Sendable {
    let changes: ResponseChanges<RecognisedKey>

    package var put: [KeptResponse] {
        self.changes.put.map { put in
            KeptResponse(
                id: put.id,
                owner: put.entry.owner.bytes,
                previous: put.entry.previous,
                input: put.entry.input,
                response: put.entry.response,
                usedAt: put.usedAt
            )
        }
    }

    /// Those that were only used, with the time of it.
    package var used: [(id: String, usedAt: Int)] { self.changes.used }
    package var forgotten: [String] { self.changes.forgotten }
    package var isEmpty: Bool { self.changes.isEmpty }
}

/// Stored responses on their way to a disk and back. Those that belong to a WebSocket alone are never among them.
extension Gateway {
    /// What has changed since this was last asked; each change is told once, unless it is given back.
    package func takeResponseChanges() -> KeptChanges {
        KeptChanges(changes: self.responses.takeChanges(now: self.now()))
    }

    /// Changes could not be written down: they are told again the next time.
    package func giveBack(_ changes: KeptChanges) {
        self.responses.with { $0.giveBack(changes.changes) }
    }

    /// Takes what was written down, by an earlier relay or by one that still runs.
    package func restore(_ responses: [KeptResponse]) {
        var making: Set<String> = []
        var puts: [ResponseChanges<RecognisedKey>.Put] = []
        for kept in responses.sorted(by: { $0.usedAt < $1.usedAt }) {
            guard let owner = RecognisedKey(bytes: kept.owner) else { continue }
            let entry = ResponseStore.Shelf.Entry(
                owner: owner,
                previous: kept.previous,
                input: kept.input,
                response: kept.response,
                itemIDs: Self.itemIDs(in: kept.response, kept.input, of: kept.id)
            )
            puts.append(.init(id: kept.id, entry: entry, usedAt: kept.usedAt))
            if Responses.isInProgress(kept.response) { making.insert(kept.id) }
        }
        self.responses.restore(puts, making: making)
    }
}
