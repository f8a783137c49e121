/// Why a call did not get its answer: one cause, said in every dialect's own shape at the edge.
package struct GatewayError: Error, Hashable, Sendable {
    package var code: Code
    /// What happened, to which thing, and what to do next; shown to the caller as it is.
    package var message: String
    /// The field of the request that is at fault, if one is.
    package var parameter: String?
    /// After how many seconds another try makes sense, if one does.
    package var retryAfter: Int?
    /// A finer word for machines than the cause's own, in dialects that have one.
    package var reason: String?

    package init(_ code: Code, _ message: String, parameter: String? = nil, retryAfter: Int? = nil) {
        self.code = code
        self.message = message
        self.parameter = parameter
        self.retryAfter = retryAfter
    }
}

extension GatewayError {
    /// The causes, by the HTTP status that they end in.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// 400: not JSON, a field missing or of the wrong kind.
        case invalidRequest
        /// 400: the key stands in the query, where logs would keep it.
        case keyInQuery
        /// 401: no key, or one that is wrong, disabled or expired.
        case invalidKey
        /// 402: the balance does not cover what the call may cost.
        case insufficientBalance
        /// 402: the same, where the balance is counted in tokens.
        case insufficientTokens
        /// 403: the key may not use this deployment.
        case forbidden
        /// 404: no such deployment.
        case unknownDeployment
        /// 404: no such route.
        case unknownRoute
        /// 405: the route exists, the method does not.
        case methodNotAllowed
        /// 408: the request's body came too slowly.
        case requestTimeout
        /// 413: the request's body is larger than allowed.
        case bodyTooLarge
        /// 415: the body is not JSON by its own header, or is encoded in a way that is not understood.
        case unsupportedMediaType
        /// 429: more than a limit of the key, its user, its group, the deployment or the relay.
        case rateLimited
        /// 429: the key has used up its quota.
        case quotaExhausted
        /// 429: the upstream says that it is busy.
        case upstreamBusy
        /// 431: the request's header is larger than allowed.
        case headerTooLarge
        /// 409: a call with the same idempotency key is under way, or was another one.
        case idempotencyConflict
        /// 500: a defect of the relay.
        case internalError
        /// 500: the call could not be accounted for; nothing was charged.
        case accountingFailed
        /// 502: the upstream broke, or answered what is not an answer.
        case upstreamFailed
        /// 503: whether the call is within its limits cannot be told now.
        case limiterUnavailable
        /// 503: no connector for this deployment is online, or its upstream is not healthy.
        case connectorOffline
        /// 503: the relay is stopping, or has no room for the call.
        case relayUnavailable
        /// 504: the upstream did not answer in time.
        case upstreamTimeout

        /// The HTTP status of this cause.
        package var status: Int {
            switch self {
            case .invalidRequest, .keyInQuery: 400
            case .invalidKey: 401
            case .insufficientBalance, .insufficientTokens: 402
            case .forbidden: 403
            case .unknownDeployment, .unknownRoute: 404
            case .methodNotAllowed: 405
            case .requestTimeout: 408
            case .idempotencyConflict: 409
            case .bodyTooLarge: 413
            case .unsupportedMediaType: 415
            case .rateLimited, .quotaExhausted, .upstreamBusy: 429
            case .headerTooLarge: 431
            case .internalError, .accountingFailed: 500
            case .upstreamFailed: 502
            case .limiterUnavailable, .connectorOffline, .relayUnavailable: 503
            case .upstreamTimeout: 504
            }
        }
    }
}
