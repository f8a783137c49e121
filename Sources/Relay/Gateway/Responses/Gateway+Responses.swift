import Admission
package import Dialects
package import NIOCore
package import Vocabulary

/// Responses that were given before: what may be asked about them, and what may be gone on from.
extension Gateway {
    /// A response object, as it was told.
    package func response(_ id: String, of caller: Caller) throws(GatewayError) -> ByteBuffer {
        let now = self.now()
        guard let entry = self.responses.get(id, of: caller.reader, now: now) else { throw Responses.notFound(id) }
        return entry.response
    }

    /// Forgets a response; one that is being made is cancelled.
    package func deleteResponse(_ id: String, of caller: Caller) throws(GatewayError) -> ByteBuffer {
        let now = self.now()
        if self.responses.running(id, of: caller.key) != nil, let call = self.responses.forgetRunning(id) {
            call.eventLoop.execute { call.value.cancel() }
            return Responses.deleted(id: id)
        }
        try self.checkIsMadeHere(id, for: caller)
        guard self.responses.with({ $0.remove(id, of: caller.reader, now: now) }) else { throw Responses.notFound(id) }
        return Responses.deleted(id: id)
    }

    /// The items that a response answered, those of the chain before it included.
    package func inputItems(
        of id: String,
        _ query: Responses.ListQuery,
        of caller: Caller
    ) async throws(GatewayError) -> ByteBuffer {
        let now = self.now()
        guard let entry = self.responses.get(id, of: caller.reader, now: now) else { throw Responses.notFound(id) }
        // What came before may be forgotten already; the rest is still true.
        let earlier = entry.previous.flatMap { self.entries(ofChain: $0, of: caller) } ?? []
        return try await self.apart {
            Result { () throws(GatewayError) in
                try Responses.inputItems(Self.items(earlier) + Self.items(entry.input), query)
            }
        }.get()
    }

    /// Remembers a response before the caller can know that it is whole: the next request may follow at once.
    ///
    /// One that is not to be stored is remembered for the WebSocket that asked for it, as long as that is open.
    /// - Parameters:
    ///   - manner: how the model server was asked: in the caller's words it gives its items ids of its own.
    ///   - eventLoop: one that lives as long as the relay.
    func keep(
        _ response: ByteBuffer,
        of form: Call.Form,
        in manner: Manner = .translated,
        for caller: Caller,
        on eventLoop: any EventLoop
    ) {
        guard case .translated(let translation, let identity) = form, let request = translation.responses,
            let input = translation.keptInput
        else { return }
        let id = Responses.id(identity)
        if request.isInBackground { return self.endInBackground(id, as: response) }
        let answered = manner == .translated ? [] : Responses.foreignIDs(of: Self.output(response), in: id)
        let entry = ResponseShelf.Entry(
            owner: caller.key,
            connection: request.stores ? nil : caller.connection,
            previous: request.previousResponseID,
            input: input.items,
            response: response.fitting,
            itemIDs: input.foreignIDs + answered
        )
        self.responses.put(entry, id: id, clock: self.now, eventLoop: eventLoop)
    }

    /// What is kept of a response.
    func entry(_ id: String, of caller: Caller) -> ResponseStore.Shelf.Entry? {
        let now = self.now()
        return self.responses.with { $0.get(id, of: caller.reader, now: now) }
    }

    /// The responses that end with this one, the oldest first; `nil` when one of them is not there.
    func entries(ofChain id: String, of caller: Caller) -> [ResponseStore.Shelf.Entry]? {
        let now = self.now()
        return self.responses.with { $0.chain(endingWith: id, of: caller.reader, now: now) }
    }

    /// Every item of a chain, asked and answered.
    static func items(_ chain: [ResponseStore.Shelf.Entry]) -> [JSONValue] {
        chain.flatMap { self.items($0.input) + self.output($0.response) }
    }

    /// The ids of items that do not tell that they are of this response.
    static func itemIDs(in response: ByteBuffer, _ input: ByteBuffer, of id: String) -> [String] {
        Responses.foreignIDs(of: Self.items(input) + Self.output(response), in: id)
    }

    static func items(_ array: ByteBuffer) -> [JSONValue] {
        (try? JSONValue(reading: array))?.array ?? []
    }

    static func output(_ response: ByteBuffer) -> [JSONValue] {
        (try? JSONValue(reading: response))?["output"]?.array ?? []
    }
}

extension Caller {
    /// The caller as the shelf knows readers.
    var reader: ResponseShelf<RecognisedKey>.Reader { .init(owner: self.key, connection: self.connection) }
}

extension ByteBuffer {
    /// The same bytes without the room that they grew in.
    var fitting: ByteBuffer {
        var copy = ByteBufferAllocator().buffer(capacity: self.readableBytes)
        copy.writeImmutableBuffer(self)
        return copy
    }
}
