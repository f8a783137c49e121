import Dialects
import NIOCore
import Routing
import Vocabulary

/// The end of the walk: a call that may be made finds who answers it.
extension Gateway {
    /// A call that is counted is told its answer once more, if there is one, or placed.
    func answer(
        _ call: Call,
        _ known: [ByteBuffer]?,
        of request: Request,
        _ stake: Stake,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        guard let known else { return try self.place(call, of: request, stake, on: lane, answeringTo: responder) }
        self.letGo(stake, of: call.id)
        return KnownAnswer(known, of: call, observer: self.observer, responder: responder)
    }

    /// A call that is counted goes to a server, or waits for one.
    private func place(
        _ call: Call,
        of request: Request,
        _ stake: Stake,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        guard let route = self.route(call, request.body, near: lane.eventLoop) else {
            return try self.wait(call, of: request.caller, stake, lane, answeringTo: responder)
        }
        _ = call.choose(for: route.server)
        return self.exchange(call, of: request.caller, on: route, stake, lane, answeringTo: responder)
    }

    /// Puts a call into the line of its deployment.
    /// - Throws: when there is nothing to wait for; then what it holds is given back.
    private func wait(
        _ call: Call,
        of caller: Caller,
        _ stake: Stake,
        _ lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> WaitingCall {
        let waiting = WaitingCall(
            call,
            of: caller,
            with: stake,
            gateway: self,
            lane: lane,
            responder: responder
        )
        guard let error = self.registry.isDraining ? .restarting : waiting.seekRoute() else { return waiting }
        self.letGo(stake, of: call.id, wasServed: false)
        throw error
    }

    func exchange(
        _ call: Call,
        of caller: Caller,
        on route: Route,
        _ stake: Stake,
        _ lane: CallLane,
        answeringTo responder: any CallResponder
    ) -> Exchange {
        Exchange(
            gateway: self,
            lane: lane,
            call: call,
            caller: caller,
            route: route,
            stake: stake,
            responder: responder
        )
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
