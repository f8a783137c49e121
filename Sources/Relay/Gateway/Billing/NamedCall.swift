import Accounts
import Admission
import Dialects
import Ledger
import NIOCore
import Vocabulary

/// What a caller calls a call, and what it asks for, as keyed hashes that stay the same whatever relay makes them.
///
/// One object, so that every request without one has room for no more than a reference.
final class CallName: Sendable {
    /// The id of the key that is called with.
    let key: String
    let name: [UInt8]
    let request: [UInt8]
    /// The call that was paid for under this name, as far as the database knows.
    let paid: PaidName?

    init(key: String, name: [UInt8], request: [UInt8], paid: PaidName?) {
        self.key = key
        self.name = name
        self.request = request
        self.paid = paid
    }

    /// How answers are kept under it.
    var onShelf: OutcomeShelf.Name { OutcomeShelf.Name(key: self.key, digest: self.name) }

    /// What is written down with the settlement of a call.
    func paid(as call: CallID, at time: Int64) -> PaidName {
        PaidName(key: self.key, name: self.name, request: self.request, call: call, time: time)
    }
}

/// A call with a name of its caller's own, before its walk: whether it was paid for is looked up in the database, which remembers
/// that beyond a restart.
///
/// Lives on the event loop of the caller's connection, like a ``Preparation``; calls without a name know nothing of it.
final class NamedCall: OpenCall {
    private var request: Gateway.Request
    private let gateway: Gateway
    private let lane: CallLane
    private weak var responder: (any CallResponder)?
    private var phase = Preparation.Phase.ready

    init(_ request: Gateway.Request, _ gateway: Gateway, _ lane: CallLane, _ responder: any CallResponder) {
        self.request = request
        self.gateway = gateway
        self.lane = lane
        self.responder = responder
    }

    func start() {
        let bound = NIOLoopBound(self, eventLoop: self.lane.eventLoop)
        let task = Task { [gateway, request, eventLoop = self.lane.eventLoop] in
            let result: Result<CallName, GatewayError>
            do throws(GatewayError) {
                result = .success(try await gateway.lookUp(request))
            } catch {
                result = .failure(error)
            }
            eventLoop.execute { bound.value.take(result) }
        }
        self.phase = .working(task)
    }

    func callerLeft() {
        switch self.phase {
        case .goneOn(let call): return call.callerLeft()
        case .over: return
        case .working(let task): task.cancel()
        case .ready: break
        }
        self.phase = .over
        self.gateway.turnedAway(self.request, nil)
    }

    func callerWritable() {
        if case .goneOn(let call) = self.phase { call.callerWritable() }
    }

    private func take(_ result: Result<CallName, GatewayError>) {
        guard case .working = self.phase, let responder else { return }
        do throws(GatewayError) {
            do throws(GatewayError) {
                self.request = self.request.with(name: try result.get())
            } catch {
                self.gateway.turnedAway(self.request, error)
                throw error
            }
            let call = try self.gateway.begin(self.request, on: self.lane, answeringTo: responder)
            // The call has what it needs of the body, and lets go of it in its time.
            self.request = self.request.withoutBody()
            self.phase = .goneOn(call)
            call.start()
        } catch {
            self.phase = .over
            responder.respond(error)
        }
    }
}

extension Gateway {
    /// The longest name that a call may have, in bytes.
    static let longestName = 255

    /// Whether a call has a name that is to be looked up, and was not yet.
    func hasUnknownName(_ request: Request) throws(GatewayError) -> Bool {
        guard let text = request.idempotencyKey, request.name == nil else { return false }
        guard !text.isEmpty, text.utf8.count <= Self.longestName, !request.endpoint.countsTokens else { return false }
        return try self.gatekeeper.isBilled(request.caller.key)
    }

    /// Finds out what a caller's own name for a call, its `Idempotency-Key`, stands for.
    fileprivate func lookUp(_ request: Request) async throws(GatewayError) -> CallName {
        guard let text = request.idempotencyKey else { throw Billing.notAccounted }
        let key = try self.gatekeeper.holder(of: request.caller.key).key.id.rawValue
        let gatekeeper = self.gatekeeper
        // A body may be long.
        let (name, asked) = try await self.apart {
            let body = request.body.withUnsafeReadableBytes { gatekeeper.digest(of: $0) }
            let route = "\(request.endpoint.name) \(request.endpoint.model ?? "") "
            return (
                gatekeeper.digest(of: Array("idempotency-key \(text)".utf8)),
                gatekeeper.digest(of: Array("request \(route)".utf8) + body)
            )
        }
        let since = self.billing.ledger.now() - PaidName.life
        do throws(LedgerError) {
            let paid = try await self.billing.ledger.attempt {
                try await $0.paid(named: name, ofKey: key, since: since)
            }
            return CallName(key: key, name: name, request: asked, paid: paid)
        } catch {
            throw Billing.notAccounted
        }
    }
}

extension Endpoint {
    /// The model that the path names, where it does.
    fileprivate var model: String? {
        switch self {
        case .generateContent(let model, _), .geminiTokenCount(let model), .embedContent(let model, _): model
        case .chatCompletions, .completions, .embeddings, .messages, .messagesTokenCount, .responses,
            .responsesTokenCount:
            nil
        }
    }
}
