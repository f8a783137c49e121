import Admission
package import Dialects
package import NIOCore
package import Vocabulary

/// Responses that were given before: what may be asked about them, and what may be gone on from.
extension Gateway {
    /// A response object, as it was told.
    package func response(_ id: String, of caller: Caller) throws(GatewayError) -> ByteBuffer {
        guard let entry = self.responses.get(id, of: caller.reader) else { throw Responses.notFound(id) }
        return entry.response
    }

    /// Forgets a response; one that is being made is cancelled.
    package func deleteResponse(_ id: String, of caller: Caller) throws(GatewayError) -> ByteBuffer {
        if self.responses.running(id, of: caller.key) != nil, let call = self.responses.forgetRunning(id) {
            call.eventLoop.execute { call.value.cancel() }
            return Responses.deleted(id: id)
        }
        try self.checkIsMadeHere(id, for: caller)
        guard self.responses.remove(id, of: caller.reader) else { throw Responses.notFound(id) }
        return Responses.deleted(id: id)
    }

    /// The items that a response answered, those of the chain before it included.
    package func inputItems(
        of id: String,
        _ query: Responses.ListQuery,
        of caller: Caller
    ) async throws(GatewayError) -> ByteBuffer {
        guard let entry = self.responses.get(id, of: caller.reader) else { throw Responses.notFound(id) }
        // What came before may be forgotten already; the rest is still true.
        let earlier = entry.previous.flatMap { self.responses.chain(endingWith: $0, of: caller.reader) } ?? []
        return try await self.apart {
            Result { () throws(GatewayError) in
                try Responses.inputItems(ResponseStore.items(earlier) + ResponseStore.items(entry.input), query)
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
        let output = manner == .translated ? [] : ResponseStore.output(response)
        let entry = ResponseShelf.Entry(
            owner: caller.key,
            connection: request.stores ? nil : caller.connection,
            previous: request.previousResponseID,
            input: input.items,
            response: response.fitting,
            itemIDs: input.foreignIDs + Responses.foreignIDs(of: output, in: id)
        )
        self.responses.put(entry, id: id, eventLoop: eventLoop)
    }

    /// Refuses to end a response that another relay makes, if the caller may know of it.
    func checkIsMadeHere(_ id: String, for caller: Caller) throws(GatewayError) {
        guard self.responses.isMadeElsewhere(id), self.responses.kept(id, of: caller.reader) != nil else { return }
        throw GatewayError(
            .relayUnavailable,
            "The response '\(id)' is being made by the relay that this one replaces, and cannot be ended here. "
                + "Try again when it is over.",
            retryAfter: 5
        )
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
