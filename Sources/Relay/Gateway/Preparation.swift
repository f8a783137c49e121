import Admission
import Dialects
import NIOCore
import Vocabulary

/// A call before it goes to a model server: its long body is read away from the event loop, its images are fetched, or only
/// its tokens are counted.
///
/// Lives on the event loop of the caller's connection and owns the one task that works for it, which ends when the caller
/// leaves. Nothing else of the connection is read until then, so that requests stay in their order.
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

    private var request: Gateway.Request
    private let gateway: Gateway
    private let lane: CallLane
    private weak var responder: (any CallResponder)?
    private let understood: Understood?
    private var task: Task<Void, Never>?
    private var exchange: Exchange?
    private var isOver = false

    /// - Parameter understood: what has been done of it on the event loop, because it was short.
    init(
        of request: Gateway.Request,
        _ gateway: Gateway,
        _ lane: CallLane,
        _ responder: any CallResponder,
        understood: Understood? = nil
    ) {
        self.request = request
        self.gateway = gateway
        self.lane = lane
        self.responder = responder
        self.understood = understood
    }

    func start() {
        if let understood, self.request.endpoint.countsTokens {
            return self.count(understood, tokens: understood.translation.estimatedTokens)
        }
        let bound = NIOLoopBound(self, eventLoop: self.lane.eventLoop)
        self.task = Task { [gateway, request, understood, eventLoop = self.lane.eventLoop] in
            let result = await gateway.prepare(request, understood: understood)
            eventLoop.execute { bound.value.take(result) }
        }
    }

    func callerLeft() {
        self.isOver = true
        self.task?.cancel()
        self.task = nil
        self.exchange?.callerLeft()
    }

    func callerWritable() {
        self.exchange?.callerWritable()
    }

    private func take(_ result: Result<Gateway.Prepared, GatewayError>) {
        self.task = nil
        guard !self.isOver, let responder else { return }
        do throws(GatewayError) {
            switch try result.get() {
            case .counted(let understood, let tokens):
                self.count(understood, tokens: tokens)
            case .ready(let understood):
                // The body has taken its time once more.
                try self.gateway.gatekeeper.check(self.request.caller.key)
                let exchange = try self.gateway.exchange(
                    for: .translated(understood.translation),
                    of: self.request,
                    as: understood.grant,
                    on: self.lane,
                    answeringTo: responder
                )
                // The exchange has what it needs of the body, and lets go of it in its time.
                self.request.body = ByteBuffer()
                self.exchange = exchange
                exchange.start()
            }
        } catch {
            self.isOver = true
            responder.respond(error)
        }
    }

    private func count(_ understood: Understood, tokens: Int) {
        self.isOver = true
        let body = understood.translation.tokenCount(tokens)
        self.responder?.respond(estimate: body)
        let now = NIODeadline.now()
        self.gateway.observer.callEnded(
            CallRecord(
                id: self.request.id,
                endpoint: self.request.endpoint.name,
                deployment: understood.grant.deployment.rawValue,
                key: understood.grant.key,
                isStreamed: false,
                outcome: .completed,
                status: 200,
                usage: nil,
                timeToFirstByte: nil,
                duration: now - self.request.arrived,
                bytesIn: self.request.body.readableBytes,
                bytesOut: body.readableBytes
            )
        )
    }
}

extension Gateway {
    /// What a preparation comes to.
    enum Prepared: Sendable {
        case counted(Preparation.Understood, tokens: Int)
        case ready(Preparation.Understood)
    }

    /// Does everything for a call that takes long, before it is placed. Nothing is fetched for who may not make the call.
    func prepare(
        _ request: Request,
        understood: Preparation.Understood?
    ) async -> Result<Prepared, GatewayError> {
        do throws(GatewayError) {
            var understood = try await self.understood(request, understood)
            if request.endpoint.countsTokens {
                let translation = understood.translation
                return .success(.counted(understood, tokens: try await self.apart { translation.estimatedTokens }))
            }
            let links = understood.translation.linkedImages
            let images = links.isEmpty ? [:] : try await self.images.fetch(links)
            let translation = understood.translation
            understood.translation = try await self.apart {
                var translation = translation
                translation.embed(images)
                translation.writeAhead()
                return translation
            }
            return .success(.ready(understood))
        } catch {
            return .failure(error)
        }
    }

    private func understood(
        _ request: Request,
        _ understood: Preparation.Understood?
    ) async throws(GatewayError) -> Preparation.Understood {
        if let understood { return understood }
        let translation = try await self.apart {
            Result { () throws(GatewayError) in try self.translation(of: request) }
        }.get()
        return .init(translation, try self.gatekeeper.admit(request.caller.key, to: translation.model))
    }

    /// Does something in the workshop.
    private func apart<Product: Sendable>(
        _ work: @escaping @Sendable () -> Product
    ) async throws(GatewayError) -> Product {
        do {
            return try await self.workshop.run(work)
        } catch {
            // The workshop closes behind the last call, so that only a caller who left is told so.
            throw GatewayError(.relayUnavailable, "The relay is restarting. Try again in a moment.", retryAfter: 2)
        }
    }
}
