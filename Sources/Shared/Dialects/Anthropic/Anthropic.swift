package import NIOCore
package import Vocabulary

/// The shapes of Anthropic's API beside the Messages themselves.
package enum Anthropic {
    /// An error as a whole answer.
    /// - Parameter requestID: what the header `request-id` says too; `req_` and more.
    package static func errorBody(_ error: GatewayError, requestID: String) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeAnthropicError(error, requestID: requestID)
        return body
    }

    /// How many tokens a request has (`POST /v1/messages/count_tokens`).
    package static func tokenCount(_ tokens: Int) -> ByteBuffer {
        ByteBuffer(string: "{\"input_tokens\":\(tokens)}")
    }

    /// Something that stands at any place of a stream and says nothing.
    static let ping: StaticString = "event: ping\ndata: {\"type\":\"ping\"}\n\n"
}

extension ByteBuffer {
    /// The error object, which is the same as a body and as the data of a stream's event `error`.
    mutating func writeAnthropicError(_ error: GatewayError, requestID: String) {
        self.writeStaticString("{\"type\":\"error\",\"error\":{\"type\":\"")
        self.writeString(error.code.anthropic)
        self.writeStaticString("\",\"message\":")
        self.writeJSONString(error.message)
        self.writeStaticString("},\"request_id\":")
        self.writeJSONString(requestID)
        self.writeStaticString("}")
    }
}

extension GatewayError.Code {
    /// `type` of Anthropic's error object (Anthropic, "Errors").
    var anthropic: String {
        switch self {
        case .invalidRequest, .keyInQuery, .methodNotAllowed, .unsupportedMediaType, .headerTooLarge,
            .idempotencyConflict:
            "invalid_request_error"
        case .invalidKey: "authentication_error"
        case .insufficientBalance, .insufficientTokens: "billing_error"
        case .forbidden: "permission_error"
        case .unknownDeployment, .unknownRoute: "not_found_error"
        case .bodyTooLarge: "request_too_large"
        case .rateLimited, .quotaExhausted, .upstreamBusy: "rate_limit_error"
        case .internalError, .accountingFailed, .upstreamFailed: "api_error"
        case .limiterUnavailable, .connectorOffline, .relayUnavailable: "overloaded_error"
        case .requestTimeout, .upstreamTimeout: "timeout_error"
        }
    }
}
