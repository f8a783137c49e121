import Accounts
import Admission
import Ledger
import NIOCore
import Synchronization
import Vocabulary

/// The answers that callers may ask for once more, in memory only; safe to use from any thread.
///
/// While there are any, it looks once a minute for those whose time is over: nobody's words stay longer because nobody calls.
final class OutcomeStore: Sendable {
    private struct State {
        var shelf = OutcomeShelf()
        var isSwept = false
    }

    private let state = Mutex(State())

    func with<Result: Sendable>(_ body: (inout OutcomeShelf) -> Result) -> Result {
        self.state.withLock { body(&$0.shelf) }
    }

    /// Keeps the answer of a call that was paid for.
    /// - Parameters:
    ///   - clock: tells the seconds since 1970.
    ///   - eventLoop: where the time is watched.
    func finish(
        _ name: OutcomeShelf.Name,
        pieces: [ByteBuffer],
        clock: @escaping @Sendable () -> Int,
        eventLoop: any EventLoop
    ) {
        let now = clock()
        let isSwept = self.state.withLock { state in
            state.shelf.finish(name, pieces: pieces, now: now)
            defer { state.isSwept = true }
            return state.isSwept
        }
        guard !isSwept else { return }
        eventLoop.scheduleRepeatedTask(initialDelay: .minutes(1), delay: .minutes(1)) { task in
            if self.sweep(now: clock()) { task.cancel() }
        }
    }

    /// - Returns: whether nothing is left.
    private func sweep(now: Int) -> Bool {
        self.state.withLock { state in
            state.isSwept = !state.shelf.sweep(now: now)
            return !state.isSwept
        }
    }
}

extension Gateway {
    /// What a call costs its caller before it is made.
    enum Payment {
        /// Calls of its group are not paid for.
        case free
        /// What it may cost is put aside.
        case reserved(Charge)
        /// It was made and paid before, with this answer.
        case known([ByteBuffer])
    }

    /// Puts aside what a call may cost, unless it was paid before under the same name.
    func payment(of request: Request, _ order: Order, _ grant: Grant) throws(GatewayError) -> Payment {
        guard grant.isBilled else { return .free }
        guard request.idempotencyKey != nil, order.isToldAgain else {
            return .reserved(try self.charge(for: request, order, grant))
        }
        let (name, pieces) = try self.recall(request)
        if let pieces { return .known(pieces) }
        do throws(GatewayError) {
            var charge = try self.charge(for: request, order, grant)
            charge.name = name
            return .reserved(charge)
        } catch {
            if let name { self.billing.outcomes.with { $0.forget(name.onShelf) } }
            throw error
        }
    }

    /// The answer of a call that was paid before under the same name; `nil` when the call is to be made. Nothing begins.
    func known(_ request: Request, _ order: Order, _ grant: Grant) throws(GatewayError) -> [ByteBuffer]? {
        guard grant.isBilled, order.isToldAgain else { return nil }
        return try self.recall(request, begins: false).pieces
    }

    /// A call that was to be paid is not made after all.
    func abandon(_ charge: Charge, _ call: CallID) {
        charge.ledger.release(call)
        if let name = charge.name { self.billing.outcomes.with { $0.forget(name.onShelf) } }
    }

    /// What a caller's own name for a call, its `Idempotency-Key`, is known to stand for.
    /// - Parameter begins: whether the call is made now when the name stands for nothing.
    /// - Returns: the name under which the outcome is to be kept, or the answer that was given before.
    /// - Throws: `idempotencyConflict` when that call is under way, or was another one.
    private func recall(
        _ request: Request,
        begins: Bool = true
    ) throws(GatewayError) -> (name: CallName?, pieces: [ByteBuffer]?) {
        guard let text = request.idempotencyKey, !text.isEmpty else { return (nil, nil) }
        guard text.utf8.count <= Self.longestName else {
            throw GatewayError(
                .invalidRequest,
                "The header Idempotency-Key is longer than \(Self.longestName) bytes.",
                parameter: "idempotency-key"
            )
        }
        // Whose name was not looked up was not billed when the request came.
        guard let name = request.name else { return (nil, nil) }
        let now = self.now()
        // What was paid is not made again.
        let begins = begins && name.paid == nil
        let found = self.billing.outcomes.with { shelf in
            begins
                ? shelf.begin(name.onShelf, request: name.request, now: now)
                : shelf.find(name.onShelf, request: name.request, now: now)
        }
        switch found {
        case .fresh:
            guard let paid = name.paid else { return (name, nil) }
            throw paid.request == name.request ? .answerIsGone(paid.call) : .otherRequest
        case .known(let pieces): return (nil, pieces)
        case .running:
            throw GatewayError(
                .idempotencyConflict,
                "A call with this Idempotency-Key is under way. Try again when it is over.",
                retryAfter: 1
            )
        case .other: throw .otherRequest
        }
    }
}

extension Order {
    /// Whether its answer may be told once more. What is streamed is told once only, and a response in the background can be asked
    /// for as often as one likes.
    fileprivate var isToldAgain: Bool { !self.isStreamed && !self.isInBackground }
}

extension GatewayError {
    fileprivate static let otherRequest = GatewayError(
        .idempotencyConflict,
        "This Idempotency-Key was used for another request. Use a new one for each request.",
        parameter: "idempotency-key"
    )

    fileprivate static func answerIsGone(_ call: CallID) -> GatewayError {
        GatewayError(
            .idempotencyConflict,
            "The call with this Idempotency-Key was made and paid as call \(call); its answer is not kept any more. A new"
                + " Idempotency-Key makes a new call, which is paid for too.",
            parameter: "idempotency-key"
        )
    }
}
