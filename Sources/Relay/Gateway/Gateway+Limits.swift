import Admission
import NIOCore
import Vocabulary

/// What limits do to calls.
extension Gateway {
    /// Counts a call against its limits, and tells what is left of them for the headers of the answer.
    func permit(
        _ grant: Grant,
        _ request: Request,
        announcingTo responder: any CallResponder
    ) throws(GatewayError) -> Permit? {
        do throws(LimitRefusal) {
            let now = Int64(NIODeadline.now().uptimeNanoseconds)
            // About four bytes of a request's body make a token; what it really took counts in the end.
            let estimate = request.body.readableBytes / 4
            let permit = try self.limiter.admit(grant, estimate: estimate, now: now)
            if let permit { responder.announce(permit.report) }
            return permit
        } catch {
            responder.announce(error.report)
            throw error.error
        }
    }

    /// A call that was counted is over.
    /// - Parameter tokens: what it took; `nil` when nobody knows.
    func giveBack(_ permit: Permit?, tokens: Int?) {
        guard let permit else { return }
        self.limiter.end(permit, tokens: tokens, now: Int64(NIODeadline.now().uptimeNanoseconds))
    }
}
