package import Admission
import Dialects
package import Logging
package import NIOCore
package import Routing
import TunnelProtocol
package import Vocabulary

/// The spine: every call walks through here once.
package final class Gateway: Sendable {
    /// How long a call may wait for what.
    package struct Times: Sendable {
        /// Until the upstream's first byte.
        package var firstByte: TimeAmount = .seconds(600)
        /// Until a number of tokens is there; then it is estimated.
        package var count: TimeAmount = .seconds(10)
        /// Between two pieces of a stream.
        package var idle: TimeAmount = .seconds(600)
        /// Until a stream's head is sent although no event came.
        package var hold: TimeAmount = .seconds(5)
        /// Between two signs of life to a caller that waits.
        package var keepAlive: TimeAmount = .seconds(15)
        /// Until a call whose tunnel has died goes on in another one; zero does not wait.
        package var resume: TimeAmount = .seconds(30)
        /// Between two events to a caller of Responses that waits: some have patience only with events.
        package var event: TimeAmount = .seconds(60)
        /// Until a call is refused that waits for one of its limits.
        package var turn: TimeAmount = .seconds(5)

        package init() {}
    }

    package let gatekeeper: Gatekeeper
    package let registry: Registry
    package let observer: any CallObserver
    package let times: Times
    let logger: Logger
    /// The largest request that is accepted, in bytes.
    let largestRequest: Int
    /// The seconds since 1970.
    package let now: @Sendable () -> Int
    let limiter: Limiter
    let quotas: QuotaKeeper
    /// The responses that were given before.
    package let responses: ResponseStore
    /// Does what would hold up an event loop.
    package let workshop: any Workshop
    let images: LinkedImages
    /// Whether translated answers have reasoning between `<think>` and `</think>` taken out of their text.
    let splitsThinkTags: Bool
    /// What errors are called.
    package let errorCodes: ErrorCodes
    /// Whether callers are not told what a model server says of its errors.
    let hidesUpstreamText: Bool
    let billing: Billing

    static let mostTries = 3

    /// - Parameters:
    ///   - waiting: how much may wait for each limit of calls at once.
    ///   - now: tells the seconds since 1970.
    package init(
        gatekeeper: Gatekeeper,
        registry: Registry,
        observer: any CallObserver,
        times: Times,
        waiting: WaitingLimits = WaitingLimits(),
        responses: ResponseKeeping = ResponseKeeping(),
        workshop: any Workshop,
        images: LinkedImages,
        splitsThinkTags: Bool,
        logger: Logger,
        errorCodes: ErrorCodes = ErrorCodes(),
        hidesUpstreamText: Bool = false,
        billing: Billing,
        quotas: QuotaKeeper,
        largestRequest: Int = 64 << 20,
        now: @escaping @Sendable () -> Int
    ) {
        self.gatekeeper = gatekeeper
        self.registry = registry
        self.observer = observer
        self.times = times
        self.limiter = Limiter(waiting: waiting)
        self.responses = ResponseStore(responses, now: now)
        self.workshop = workshop
        self.images = images
        self.splitsThinkTags = splitsThinkTags
        self.logger = logger
        self.errorCodes = errorCodes
        self.hidesUpstreamText = hidesUpstreamText
        self.billing = billing
        self.quotas = quotas
        self.largestRequest = largestRequest
        self.now = now
    }

    /// The walk of one call.
    ///
    /// ```
    /// authenticated ──▶ understood ──▶ authorised ──▶ reserved ──▶ within limits ──▶ placed
    ///                                     │ └── only its tokens are counted ────────▲
    ///                                     └── images ──▶ within limits ──▶ fetched ──▶ reserved ──▶ placed
    /// ```
    /// It is authenticated once more because its body may have taken its time. Whatever refuses throws, and the caller of this
    /// method says so in the dialect's shape. Where understanding takes long, or something must be fetched for it, the rest of
    /// the walk is a ``Preparation``'s.
    /// - Returns: the call, ready to be started; it writes to `responder` by itself.
    package func begin(
        _ request: Request,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> any OpenCall {
        let order: Order
        let grant: Grant
        do throws(GatewayError) {
            let standing = try self.gatekeeper.check(request.caller.key)
            if try self.hasUnknownName(request) { return NamedCall(request, self, lane, responder) }
            guard let understood = try self.understood(request) else {
                return Preparation(of: request, self, lane, responder)
            }
            order = understood
            grant = try self.grant(request, as: standing, to: order.model, isStreamed: order.isStreamed)
        } catch {
            self.turnedAway(request, error)
            throw error
        }
        do throws(GatewayError) {
            return try self.send(order, of: request, as: grant, on: lane, answeringTo: responder)
        } catch {
            self.endUnserved(
                request,
                bytesIn: request.body.readableBytes,
                as: grant,
                isStreamed: order.isStreamed,
                .failed(error.code)
            )
            throw error
        }
    }
}
