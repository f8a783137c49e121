package import NIOCore

/// The items of a request as they are kept, and what must be known of them; made once, where the request is read.
package struct KeptInput: Sendable {
    /// A JSON array.
    package let items: ByteBuffer
    /// The ids of those that do not tell by themselves which response they are of: the caller gave them.
    package let foreignIDs: [String]

    init(of request: ResponsesRequest, _ identity: AnswerIdentity) {
        var items = ByteBuffer()
        var foreignIDs: [String] = []
        let response = Responses.id(identity)
        items.writeStaticString("[")
        for index in request.input.indices {
            if index > 0 { items.writeStaticString(",") }
            items.writeJSON(request.storedItem(index, identity))
            if let id = Responses.foreignID(of: request.input[index], in: response) { foreignIDs.append(id) }
        }
        items.writeStaticString("]")
        // Without the room that it grew in.
        var fitting = ByteBufferAllocator().buffer(capacity: items.readableBytes)
        fitting.writeImmutableBuffer(items)
        self.items = fitting
        self.foreignIDs = foreignIDs
    }
}

extension Translation {
    /// Writes a Responses request's own items as they are kept, and lets go of them otherwise. Nothing happens in other dialects.
    package mutating func keepInput(_ identity: AnswerIdentity) {
        guard case .responses(var request) = self.request else { return }
        self.keptInput = KeptInput(of: request, identity)
        request.input = []
        self.request = .responses(request)
    }
}
