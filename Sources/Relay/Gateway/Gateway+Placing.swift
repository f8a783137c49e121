import Dialects
import NIOCore
import Routing
import Vocabulary

/// The end of the walk: a call that may be made finds who answers it.
extension Gateway {
    /// A call that is counted is told its answer once more, if there is one, or placed.
    func answer(
        _ admitted: AdmittedCall,
        _ known: [ByteBuffer]?,
        of request: Request,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        guard let known else { return try self.place(admitted, of: request, on: lane, answeringTo: responder) }
        self.letGo(admitted.stake, of: admitted.call.id)
        return KnownAnswer(known, of: admitted.call, observer: self.observer, responder: responder)
    }

    /// A call that is counted goes to a server, or waits for one.
    private func place(
        _ admitted: AdmittedCall,
        of request: Request,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        guard let route = self.route(admitted.call, request.body, near: lane.eventLoop) else {
            return try self.wait(admitted, on: lane, answeringTo: responder)
        }
        _ = admitted.call.choose(for: route.server)
        return Exchange(admitted, on: route, of: self, lane: lane, answeringTo: responder)
    }

    /// Puts a call into the line of its deployment.
    /// - Throws: when there is nothing to wait for; then what it holds is given back.
    private func wait(
        _ admitted: AdmittedCall,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> WaitingCall {
        let waiting = WaitingCall(admitted, of: self, lane: lane, answeringTo: responder)
        guard let error = self.registry.isDraining ? .restarting : waiting.seekRoute() else { return waiting }
        self.letGo(admitted.stake, of: admitted.call.id, wasServed: false)
        throw error
    }

    /// Who answers; `nil` when nobody does now, or the relay is stopping.
    private func route(_ call: Call, _ body: ByteBuffer, near eventLoop: any EventLoop) -> Route? {
        guard !self.registry.isDraining else { return nil }
        var prefix: UInt64?
        let placement = self.registry.place(call.deployment, near: eventLoop) {
            prefix = ConversationPrefix.number(of: body)
            return prefix
        }
        call.prefix = prefix
        if case .route(let route) = placement { return route }
        return nil
    }
}
