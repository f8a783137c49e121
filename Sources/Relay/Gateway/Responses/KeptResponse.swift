import Admission
package import NIOCore

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
