import Accounts
import Admission
import Dialects
import NIOCore
import Routing
import Vocabulary

/// A call before it goes to a model server: its long body is read away from the event loop, its images are fetched. A warm-up of a
/// WebSocket, which goes to none, ends here.
///
/// Lives on the event loop of the caller's connection and owns the one task that works for it, which ends when the caller
/// leaves, or when the response in the background that it is for is not wanted any more. Nothing else of the connection is read
/// until then, so that requests stay in their order.
final class Preparation: OpenCall {
    /// What is known when a request has been understood and authorised.
    struct Understood: Sendable {
        var translation: Translation
        var grant: Grant

        init(_ translation: Translation, _ grant: Grant) {
            self.translation = translation
            self.grant = grant
        }
    }

    /// How far what is done before a call's walk has come.
    enum Phase {
        case ready
        case working(Task<Void, Never>)
        /// The walk goes on with this call.
        case goneOn(any OpenCall)
        case over
    }

    private var request: Gateway.Request
    private let gateway: Gateway
    private let lane: CallLane
    private weak var responder: (any CallResponder)?
    /// What is known of a call that was counted, whose images are fetched; `nil` for one whose body is read.
    private let counted: Understood?
    /// What it is counted by, if anything limits it; given on with the call, or given back.
    private var permit: Permit?
    private var phase = Phase.ready

    /// - Parameters:
    ///   - counted: what is known of a call that was counted: its images are fetched; `nil` reads its body.
    ///   - permit: what it is counted by, if anything limits it.
    init(
        of request: Gateway.Request,
        _ gateway: Gateway,
        _ lane: CallLane,
        _ responder: any CallResponder,
        counted: Understood? = nil,
        by permit: Permit? = nil
    ) {
        self.request = request
        self.gateway = gateway
        self.lane = lane
        self.responder = responder
        self.counted = counted
        self.permit = permit
    }

    func start() {
        let bound = NIOLoopBound(self, eventLoop: self.lane.eventLoop)
        let task = Task { [gateway, request, counted, eventLoop = self.lane.eventLoop] in
            let result = await gateway.prepare(request, counted: counted)
            eventLoop.execute { bound.value.take(result) }
        }
        self.phase = .working(task)
    }

    func callerLeft() {
        if case .goneOn(let call) = self.phase { return call.callerLeft() }
        self.end(nil)
    }

    func callerWritable() {
        if case .goneOn(let call) = self.phase { call.callerWritable() }
    }

    func fail(_ error: GatewayError) {
        if case .goneOn(let call) = self.phase { return call.fail(error) }
        self.end(error)
    }

    /// Stops what is being done.
    /// - Parameter error: why; `nil` when the caller left.
    private func end(_ error: GatewayError?) {
        switch self.phase {
        case .ready: break
        case .working(let task): task.cancel()
        case .goneOn, .over: return
        }
        self.close(self.counted, error)
        if let error { self.responder?.respond(error) }
    }

    private func take(_ result: Result<Understood, GatewayError>) {
        guard case .working = self.phase, let responder else { return self.giveBack() }
        do throws(GatewayError) {
            let understood = try result.get()
            // The body has taken its time once more.
            try self.gateway.gatekeeper.check(self.request.caller.key)
            if self.request.isWarmUp {
                self.phase = .over
                return try self.gateway.warmUp(understood, self.request, on: self.lane, answeringTo: responder)
            }
            let call = try self.open(understood, answeringTo: responder)
            // The call has what it needs of the body, and lets go of it in its time.
            self.request = self.request.withoutBody()
            self.phase = .goneOn(call)
            call.start()
        } catch {
            self.close(self.counted ?? result.value, error)
            responder.respond(error)
        }
    }

    /// The call ends here.
    /// - Parameters:
    ///   - understood: what was known of it; `nil` when nobody knows yet whether it might be made.
    ///   - error: why it is refused; `nil` when the caller left.
    private func close(_ understood: Understood?, _ error: GatewayError?) {
        let outcome = error.map { CallRecord.Outcome.failed($0.code) } ?? .clientGone
        self.phase = .over
        self.giveBack()
        if let understood {
            let isStreamed = Order.translated(understood.translation).isStreamed
            self.gateway.endUnserved(
                self.request,
                bytesIn: self.request.body.readableBytes,
                as: understood.grant,
                isStreamed: isStreamed,
                outcome
            )
        } else {
            self.gateway.turnedAway(self.request, error)
        }
    }

    /// A call that got no further does not count against its limits.
    private func giveBack() {
        self.gateway.giveBack(self.permit.take(), tokens: 0)
    }

    private func open(
        _ understood: Understood,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        let order = Order.translated(understood.translation)
        guard self.counted != nil else {
            return try self.gateway.send(
                order,
                of: self.request,
                as: understood.grant,
                on: self.lane,
                answeringTo: responder
            )
        }
        return try self.gateway.openCounted(
            order,
            of: self.request,
            as: understood.grant,
            // From here on it is the call's, whatever becomes of it.
            by: self.permit.take(),
            on: self.lane,
            answeringTo: responder
        )
    }
}

extension Gateway {
    /// Does everything for a call that takes long, before it is placed. Nothing is fetched for who may not make the call.
    /// - Parameter counted: what is known of a call that was counted: its images are fetched; `nil` reads its body.
    func prepare(
        _ request: Request,
        counted: Preparation.Understood?
    ) async -> Result<Preparation.Understood, GatewayError> {
        do throws(GatewayError) {
            if let counted {
                let images = try await self.images.fetch(counted.translation.linkedImages)
                return .success(try await self.writtenAhead(counted, with: images))
            }
            let understood = try await self.understood(apart: request)
            // It is counted before they are fetched, and whoever asked for a response in the background does not wait for them.
            if request.isWarmUp || understood.translation.fetchesImages { return .success(understood) }
            return .success(try await self.writtenAhead(understood, with: [:]))
        } catch {
            return .failure(error)
        }
    }

    /// Reads a request, and asks whether it may be made.
    private func understood(apart request: Request) async throws(GatewayError) -> Preparation.Understood {
        var reading = try await self.translated(apart: request)
        if case .failure = reading.translation, let awaited = reading.awaited {
            await self.responses.arrival(of: awaited, isOver: true)
            reading = try await self.translated(apart: request)
        }
        let translation = try reading.translation.get()
        let order = Order.translated(translation)
        let standing = try self.gatekeeper.check(request.caller.key)
        let grant = try self.grant(request, as: standing, to: order.model, isStreamed: order.isStreamed)
        return .init(translation, grant)
    }

    /// - Returns: also a response that it refers to, if that may yet come from another relay.
    private func translated(
        apart request: Request
    ) async throws(GatewayError) -> (translation: Result<Translation, GatewayError>, awaited: String?) {
        try await self.apart {
            let recollection = Recollection(of: self, for: request)
            let translation = Result { () throws(GatewayError) in try self.translation(of: request, recollection) }
            return (translation, recollection.awaited)
        }
    }

    /// Writes a request for the server that will probably be asked: whoever it is in the end, it will be as this one.
    /// - Parameter images: what was fetched, by address.
    private func writtenAhead(
        _ understood: Preparation.Understood,
        with images: [String: (type: String, bytes: ByteBuffer)]
    ) async throws(GatewayError) -> Preparation.Understood {
        let expected = self.registry.expected(understood.grant.deploymentName)
        let translation = try await self.apart { [translation = understood.translation] in
            var translation = translation
            translation.embed(images)
            translation.writeAhead(upstreamModel: expected?.model ?? "", for: expected?.server ?? ModelServer())
            return translation
        }
        return .init(translation, understood.grant)
    }

    /// Does something in the workshop.
    func apart<Product: Sendable>(
        _ work: @escaping @Sendable () -> Product
    ) async throws(GatewayError) -> Product {
        do {
            return try await self.workshop.run(work)
        } catch {
            // The workshop closes behind the last call, so that only a caller who left is told so.
            throw .restarting
        }
    }
}

extension Result {
    /// What there is when it has not failed.
    fileprivate var value: Success? {
        if case .success(let value) = self { value } else { nil }
    }
}
