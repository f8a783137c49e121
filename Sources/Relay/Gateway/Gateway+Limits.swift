import Admission
import NIOCore
import Vocabulary

/// What limits do to calls.
extension Gateway {
    /// What is done with a call once it is counted, or when it never is.
    struct Further {
        /// If this throws, it has given the permit back.
        let goOn: (Permit?, any CallResponder) throws(GatewayError) -> any OpenCall
        /// It waits: what the call holds stays its own.
        var renew: (NIODeadline) -> Void = { _ in }
        /// It does not come to that: gives back what the call held before.
        var giveUp: () -> Void = {}
    }

    /// The limits' answer to a call that they do not refuse.
    enum Count {
        /// It may go on; the permit is owed to ``giveBack(_:tokens:wasServed:)``, if there is one.
        case counted(Permit?)
        /// There is no room until calls of its own kind have ended; it may wait for them.
        case full(LimitRefusal)
    }

    /// Counts a call against its limits, and tells what is left of them for the headers of the answer.
    /// - Parameter estimate: about how many tokens the request has.
    func count(
        _ grant: Grant,
        estimate: Int,
        announcingTo responder: any CallResponder
    ) throws(GatewayError) -> Count {
        do throws(LimitRefusal) {
            let now = Int64(NIODeadline.now().uptimeNanoseconds)
            let permit = try self.limiter.admit(grant, estimate: estimate, now: now)
            if let permit { responder.announce(permit.report) }
            return .counted(permit)
        } catch {
            if error.isForCallsAtOnce, self.times.turn > .zero, !self.isStopping { return .full(error) }
            responder.announce(error.report)
            throw error.error
        }
    }

    /// Puts a call into the line of the limit that has no room for it.
    /// - Parameters:
    ///   - estimate: about how many tokens the request has.
    ///   - isStreamed: whether the answer is to be streamed to the caller.
    ///   - refusal: why it waits.
    func queue(
        _ request: Request,
        as grant: Grant,
        estimate: Int,
        isStreamed: Bool,
        after refusal: LimitRefusal,
        on lane: CallLane,
        answeringTo responder: any CallResponder,
        then further: Further
    ) throws(GatewayError) -> any OpenCall {
        let waiting = QueuedCall(
            request,
            as: grant,
            estimate: estimate,
            isStreamed: isStreamed,
            after: refusal,
            of: self,
            on: lane,
            answeringTo: responder,
            then: further
        )
        return try waiting.seekPermit()
    }

    /// A call that was counted is over.
    /// - Parameters:
    ///   - tokens: what it took; `nil` when nobody knows.
    ///   - wasServed: whether a connector got it.
    func giveBack(_ permit: Permit?, tokens: Int?, wasServed: Bool = true) {
        guard let permit else { return }
        let now = Int64(NIODeadline.now().uptimeNanoseconds)
        self.limiter.end(permit, tokens: tokens, wasServed: wasServed, now: now)
    }
}

extension Order {
    /// About how many tokens the request has; what it really takes counts in the end.
    func estimatedTokens(of request: Gateway.Request) -> Int {
        // About four bytes make a token.
        self.bytesToRead(of: request) / 4
    }
}
