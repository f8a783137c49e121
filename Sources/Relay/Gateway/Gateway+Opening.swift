import Accounts
import Admission
import Dialects
import NIOCore
import Routing
import Vocabulary

/// The second half of the walk: a request that was understood is let in.
extension Gateway {
    /// What comes behind authorised. Of a response in the background, only the answer goes elsewhere.
    func send(
        _ order: Order,
        of request: Request,
        as grant: Grant,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        if case .translated(let translation) = order, translation.isInBackground {
            let understood = Preparation.Understood(translation, grant)
            return try self.openInBackground(understood, of: request, on: lane, answeringTo: responder)
        }
        return try self.open(order, of: request, as: grant, on: lane, answeringTo: responder)
    }

    /// Counts a call against its limits before its images are fetched; then the rest is a ``Preparation``'s.
    private func fetch(
        _ understood: Preparation.Understood,
        of request: Request,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        let order = Order.translated(understood.translation)
        let known = try self.known(request, order, understood.grant)
        // An answer that was paid for needs neither images nor money.
        if known == nil {
            try self.images.check(understood.translation.linkedImages)
            try self.checkBalance(for: request, order, understood.grant)
        }
        let further = Further { (permit, responder) throws(GatewayError) in
            guard let known else {
                return Preparation(of: request, self, lane, responder, counted: understood, by: permit)
            }
            let call = self.call(order, of: request, as: understood.grant)
            let admitted = AdmittedCall(call: call, caller: request.caller, stake: Stake(permit: permit))
            return try self.answer(admitted, known, of: request, on: lane, answeringTo: responder)
        }
        let estimate = order.estimatedTokens(of: request)
        switch try self.count(understood.grant, estimate: estimate, announcingTo: responder) {
        case .counted(let permit): return try further.goOn(permit, responder)
        case .full(let refusal):
            return try self.queue(
                request,
                as: understood.grant,
                estimate: estimate,
                isStreamed: order.isStreamed,
                after: refusal,
                on: lane,
                answeringTo: responder,
                then: further
            )
        }
    }

    /// Authorises a call to a model.
    ///
    /// A number of tokens is never streamed, whatever the request that is counted says of its answer.
    func grant(
        _ request: Request,
        as standing: Standing,
        to model: String,
        isStreamed: Bool
    ) throws(GatewayError) -> Grant {
        let isStreamed = isStreamed && !request.endpoint.countsTokens
        return try self.gatekeeper.admit(standing, to: model, isStreamed: isStreamed)
    }

    /// Puts aside what a call may cost, counts it against its limits, and places it.
    ///
    /// One whose images are to be fetched is counted first: nothing is put aside before they are there.
    func open(
        _ order: Order,
        of request: Request,
        as grant: Grant,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        if case .translated(let translation) = order, translation.fetchesImages {
            let understood = Preparation.Understood(translation, grant)
            return try self.fetch(understood, of: request, on: lane, answeringTo: responder)
        }
        let call = self.call(order, of: request, as: grant)
        if call.endpoint.countsTokens {
            return self.openCount(call, of: request.caller, on: lane, answeringTo: responder)
        }
        var admitted = AdmittedCall(call: call, caller: request.caller)
        let known = try self.reserve(order, of: request, as: grant, into: &admitted.stake)
        let estimate = order.estimatedTokens(of: request)
        let count: Count
        do throws(GatewayError) {
            count = try self.count(grant, estimate: estimate, announcingTo: responder)
        } catch {
            self.letGo(admitted.stake, of: call.id)
            throw error
        }
        switch count {
        case .counted(let permit):
            admitted.stake.permit = permit
            return try self.answer(admitted, known, of: request, on: lane, answeringTo: responder)
        case .full(let refusal):
            return try self.queue(
                request,
                as: grant,
                estimate: estimate,
                isStreamed: order.isStreamed,
                after: refusal,
                on: lane,
                answeringTo: responder,
                then: self.further(admitted, known, of: request, on: lane)
            )
        }
    }

    /// Puts aside what a call may cost that was counted before its images were fetched, and places it.
    func openCounted(
        _ order: Order,
        of request: Request,
        as grant: Grant,
        by permit: Permit?,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        let call = self.call(order, of: request, as: grant)
        var admitted = AdmittedCall(call: call, caller: request.caller, stake: Stake(permit: permit))
        let known = try self.reserve(order, of: request, as: grant, into: &admitted.stake)
        return try self.answer(admitted, known, of: request, on: lane, answeringTo: responder)
    }

    private func call(_ order: Order, of request: Request, as grant: Grant) -> Call {
        Call(
            id: request.id,
            endpoint: request.endpoint,
            deployment: grant.deploymentName,
            key: grant.keyID.rawValue,
            user: grant.userID.rawValue,
            address: self.keepsAddresses ? request.address : nil,
            form: order.form(of: request, now: self.now),
            errorCodes: self.errorCodes,
            hidesUpstreamText: self.hidesUpstreamText,
            passedHeaders: request.passedHeaders,
            bytesIn: request.body.readableBytes,
            prompt: order.prompt(of: request),
            arrived: request.arrived,
            complete: .now()
        )
    }

    /// Tokens are counted by a server that can; without one their number is estimated, so that counting works while the
    /// deployment is offline. Neither is paid for, nor counts against limits.
    private func openCount(
        _ call: Call,
        of caller: Caller,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) -> any OpenCall {
        if case .route(let route) = self.registry.place(call.deployment, near: lane.eventLoop, isLight: true) {
            if call.choose(for: route.server) {
                let admitted = AdmittedCall(call: call, caller: caller)
                return Exchange(admitted, on: route, of: self, lane: lane, answeringTo: responder)
            }
            self.registry.release(route)
        }
        return Estimation(of: call, observer: self.observer, responder: responder)
    }

    /// What becomes of a call that has to wait before it is counted.
    private func further(
        _ admitted: AdmittedCall,
        _ known: [ByteBuffer]?,
        of request: Request,
        on lane: CallLane
    ) -> Further {
        let id = admitted.call.id
        var admitted = admitted
        return Further(
            goOn: { (permit, responder) throws(GatewayError) in
                admitted.stake.permit = permit
                return try self.answer(admitted, known, of: request, on: lane, answeringTo: responder)
            },
            renew: { admitted.stake.charge?.renew(id, at: $0) },
            giveUp: { self.letGo(admitted.stake, of: id) }
        )
    }
}
