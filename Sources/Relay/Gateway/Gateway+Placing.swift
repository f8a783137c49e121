import Accounts
import Admission
import Dialects
import NIOCore
import Routing
import Vocabulary

/// The second half of the walk: a request that was understood finds who answers it.
extension Gateway {
    /// Authorised → within limits → placed → sent.
    func send(
        _ order: Order,
        of request: Request,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        let grant = try self.grant(request, to: order.model, isStreamed: order.isStreamed)
        if case .translated(let translation) = order {
            let understood = Preparation.Understood(translation, grant)
            if translation.isInBackground {
                return try self.openInBackground(understood, of: request, on: lane, answeringTo: responder)
            }
            // Nothing is fetched to be counted.
            if translation.hasLinkedImages, !request.endpoint.countsTokens {
                return Preparation(of: request, self, lane, responder, understood: understood)
            }
        }
        return try self.open(order, of: request, as: grant, on: lane, answeringTo: responder)
    }

    /// Authorises a call to a model.
    ///
    /// A number of tokens is never streamed, whatever the request that is counted says of its answer.
    func grant(_ request: Request, to model: String, isStreamed: Bool) throws(GatewayError) -> Grant {
        let isStreamed = isStreamed && !request.endpoint.countsTokens
        return try self.gatekeeper.admit(request.caller.key, to: model, isStreamed: isStreamed)
    }

    /// A call that was understood and authorised is counted against its limits and placed.
    ///
    /// Every server can be asked for an answer in some words. Tokens are counted by one that can; without one their number
    /// is estimated, so that counting works while the deployment is offline; it counts against no limits.
    func open(
        _ order: Order,
        of request: Request,
        as grant: Grant,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        var call = Call(
            id: request.id,
            endpoint: request.endpoint,
            deployment: grant.deployment.name,
            key: grant.key.id.rawValue,
            user: grant.user.id.rawValue,
            form: order.form(of: request, now: self.now),
            passedHeaders: request.passedHeaders,
            bytesIn: request.body.readableBytes,
            arrived: request.arrived,
            complete: .now()
        )
        if call.endpoint.countsTokens {
            guard case .route(let route) = self.registry.place(call.deployment, near: lane.eventLoop) else {
                return Estimation(of: call, observer: self.observer, responder: responder)
            }
            guard call.choose(for: route.server) else {
                self.registry.release(route)
                return Estimation(of: call, observer: self.observer, responder: responder)
            }
            return self.exchange(call, of: request.caller, on: route, nil, lane, answeringTo: responder)
        }
        let permit = try self.permit(grant, request, announcingTo: responder)
        guard let route = self.route(to: call.deployment, near: lane.eventLoop) else {
            return try self.wait(call, of: request.caller, permit, lane, answeringTo: responder)
        }
        _ = call.choose(for: route.server)
        return self.exchange(call, of: request.caller, on: route, permit, lane, answeringTo: responder)
    }

    /// Puts a call into the line of its deployment.
    /// - Throws: when there is nothing to wait for; then its permit is given back.
    private func wait(
        _ call: Call,
        of caller: Caller,
        _ permit: Permit?,
        _ lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> WaitingCall {
        if self.registry.isDraining {
            self.giveBack(permit, tokens: 0)
            throw .restarting
        }
        let waiting = WaitingCall(
            call,
            of: caller,
            with: permit,
            gateway: self,
            lane: lane,
            responder: responder
        )
        if let error = waiting.seekRoute() {
            self.giveBack(permit, tokens: 0)
            throw error
        }
        return waiting
    }

    private func exchange(
        _ call: Call,
        of caller: Caller,
        on route: Route,
        _ permit: Permit?,
        _ lane: CallLane,
        answeringTo responder: any CallResponder
    ) -> Exchange {
        Exchange(
            gateway: self,
            lane: lane,
            call: call,
            caller: caller,
            route: route,
            permit: permit,
            responder: responder
        )
    }

    /// Who answers; `nil` when nobody does now, or the relay is stopping.
    private func route(to name: DeploymentName, near eventLoop: any EventLoop) -> Route? {
        guard !self.registry.isDraining, case .route(let route) = self.registry.place(name, near: eventLoop) else {
            return nil
        }
        return route
    }
}
