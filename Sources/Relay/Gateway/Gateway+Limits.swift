import Admission
import NIOCore
import Vocabulary

/// What limits do to calls.
extension Gateway {
    /// What is done with a call once it is counted, or when it never is.
    struct Further {
        /// Whoever throws gives the permit back.
        let goOn: (Permit?, any CallResponder) throws(GatewayError) -> any OpenCall
        /// It waits: what the call holds stays its own.
        var renew: (NIODeadline) -> Void = { _ in }
        /// It does not come to that: gives back what the call held before.
        var giveUp: () -> Void = {}
    }

    /// Counts a call against its limits, tells what is left of them for the headers of the answer, and goes on with it: now,
    /// or when calls of its own kind have ended that leave no room for it.
    /// - Parameter isStreamed: whether the answer is to be streamed to the caller.
    func count(
        _ grant: Grant,
        _ request: Request,
        isStreamed: Bool,
        on lane: CallLane,
        answeringTo responder: any CallResponder,
        then further: Further
    ) throws(GatewayError) -> any OpenCall {
        let permit: Permit?
        do throws(LimitRefusal) {
            let now = Int64(NIODeadline.now().uptimeNanoseconds)
            permit = try self.limiter.admit(grant, estimate: request.estimatedTokens, now: now)
        } catch {
            guard error.isForCallsAtOnce, self.times.turn > .zero, !self.isStopping else {
                responder.announce(error.report)
                further.giveUp()
                throw error.error
            }
            let waiting = QueuedCall(
                request,
                as: grant,
                isStreamed: isStreamed,
                after: error,
                of: self,
                on: lane,
                answeringTo: responder,
                then: further
            )
            return try waiting.seekPermit()
        }
        if let permit { responder.announce(permit.report) }
        return try further.goOn(permit, responder)
    }

    /// A call that was counted is over.
    /// - Parameter tokens: what it took; `nil` when nobody knows.
    func giveBack(_ permit: Permit?, tokens: Int?) {
        guard let permit else { return }
        self.limiter.end(permit, tokens: tokens, now: Int64(NIODeadline.now().uptimeNanoseconds))
    }
}

extension Gateway.Request {
    /// About how many tokens the request has; what it really takes counts in the end.
    var estimatedTokens: Int {
        // About four bytes of a request's body make a token.
        self.body.readableBytes / 4
    }
}
