import Admission
import Dialects
package import NIOCore
package import Vocabulary

/// Responses in the background: begun by a caller who need not stay, ended by the model, by `cancel` or with the relay.
extension Gateway {
    /// Takes one in that was understood and authorised; its walk goes on like that of every call, and only its answer goes
    /// elsewhere.
    /// - Parameter responder: the caller's, who is answered with the response object as it stands now.
    /// - Returns: the call, ready to be started.
    func openInBackground(
        _ understood: Preparation.Understood,
        of request: Request,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        let translation = understood.translation
        let order = Order.translated(translation)
        guard case .translated(_, let identity) = order.form(of: request, now: self.now),
            let wanted = translation.responses, let input = translation.keptInput
        else { throw GatewayError(.internalError, "The relay took this request for one in the background.") }
        if translation.fetchesImages { try self.images.check(translation.linkedImages) }
        // What is told now and what is told in the end began at the same time.
        let request = request.with(created: identity.created)
        let id = Responses.id(identity)
        let entry = ResponseStore.Shelf.Entry(
            owner: request.caller.key,
            previous: wanted.previousResponseID,
            input: input.items,
            response: Responses.inProgress(wanted, identity).fitting,
            itemIDs: input.foreignIDs
        )
        let call = BackgroundCall(
            id,
            of: self,
            for: request.caller,
            begun: entry.response,
            answeringTo: responder
        )
        let bound = NIOLoopBound(call, eventLoop: lane.eventLoop)
        if let refusal = self.responses.begin(entry, id: id, call: bound) { throw Self.error(refusal) }
        do throws(GatewayError) {
            call.work = try self.open(order, of: request, as: understood.grant, on: lane, answeringTo: call)
        } catch {
            self.responses.forgetRunning(id)
            throw error
        }
        return call
    }

    /// Cancels a response in the background; one that is over stays as it is.
    package func cancelResponse(_ id: String, of caller: Caller) throws(GatewayError) -> ByteBuffer {
        if let running = self.responses.running(id, of: caller.key) {
            let cancelled = Responses.ended(running.response, .cancelled).fitting
            if let call = self.responses.end(id, as: cancelled) {
                call.eventLoop.execute { call.value.cancel() }
                return cancelled
            }
        }
        try self.checkIsMadeHere(id, for: caller)
        let response = try self.response(id, of: caller)
        guard Responses.isInBackground(response) else { throw Responses.notInBackground(id) }
        return response
    }

    /// The relay waits no longer: what is still being made has failed.
    package func endResponsesInBackground() {
        let error = GatewayError(.relayUnavailable, "The relay was stopped before the answer was complete. Ask again.")
        for id in self.responses.runningIDs {
            guard let running = self.responses.running(id) else { continue }
            let failed = Responses.ended(running.response, .failed(error)).fitting
            guard let call = self.responses.end(id, as: failed) else { continue }
            call.eventLoop.execute { call.value.fail(error) }
        }
    }

    /// One has ended without an answer of the model's; nothing happens when it is not running any more.
    func endInBackground(_ id: String, _ ending: Responses.Ending) {
        guard let running = self.responses.running(id) else { return }
        self.endInBackground(id, as: Responses.ended(running.response, ending))
    }

    /// One has ended as this response object; nothing happens when it is not running any more.
    func endInBackground(_ id: String, as response: ByteBuffer) {
        guard let running = self.responses.running(id) else { return }
        var ended = running
        ended.response = response.fitting
        if !self.responses.hasRoom(for: ended) {
            let error = GatewayError(.upstreamFailed, "The answer is larger than what the relay remembers.")
            let failed = Responses.failedWithoutOutput(response) ?? Responses.ended(running.response, .failed(error))
            ended.response = failed.fitting
        }
        _ = self.responses.end(id, as: ended.response)
    }

    private static func error(_ refusal: ResponseStore.Running.Refusal) -> GatewayError {
        let advice = "Wait until one has ended, or cancel one."
        switch refusal {
        case .owner(let limit):
            let what = "This key has \(limit) responses in the background, which is as many as it may have."
            return GatewayError(.upstreamBusy, "\(what) \(advice)", retryAfter: 5)
        case .all(let limit):
            let what = "The relay has \(limit) responses in the background, which is as many as it takes."
            return GatewayError(.upstreamBusy, "\(what) \(advice)", retryAfter: 5)
        case .room:
            let what = "The responses in the background leave no room for this one's input."
            return GatewayError(.upstreamBusy, "\(what) \(advice)", retryAfter: 5)
        case .size(let limit):
            return GatewayError(
                .bodyTooLarge,
                "The input is larger than the \(limit) bytes that the relay remembers. Ask without «background»."
            )
        }
    }
}
