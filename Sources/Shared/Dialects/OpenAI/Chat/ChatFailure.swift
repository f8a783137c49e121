package import NIOCore
package import Vocabulary

/// Reads what a model server says when it fails.
package enum ChatFailure {
    /// An HTTP error of a model server, for a dialect that says it in its own words.
    /// - Parameter hidesText: whether nothing is told of what the model server says of it.
    package static func error(
        status: Int,
        retryAfter: Int?,
        body: ByteBuffer,
        hidesText: Bool = false
    ) -> GatewayError {
        let failure = OpenAI.upstreamFailure(
            status: status,
            retryAfter: retryAfter,
            body: body,
            hidesText: hidesText
        )
        let message = OpenAI.message(in: failure.body) ?? "The model server failed with HTTP status \(status)."
        var error = GatewayError(failure.code, message, retryAfter: failure.retryAfter)
        if failure.code == .invalidRequest, OpenAI.isTooLong(body) { error.reason = OpenAI.tooLong }
        return error
    }

    /// An error inside a stream or in the place of an answer: `{"error": …}`, or the error itself as old vLLM sends it.
    static func error(in body: ByteBuffer) -> GatewayError {
        Self.error(status: Self.status(in: body), retryAfter: nil, body: body)
    }

    /// The same in OpenAI's shape, as an HTTP error.
    static func failure(in body: ByteBuffer, codes: ErrorCodes) -> UpstreamFailure {
        OpenAI.upstreamFailure(status: Self.status(in: body), retryAfter: nil, body: body, codes: codes)
    }

    /// The HTTP status that an error would have had which was answered with 200; 500 when it does not say.
    package static func status(in body: ByteBuffer) -> Int {
        let value = try? JSONValue(reading: body)
        return (value?["error"] ?? value).map(Self.status) ?? 500
    }

    private static func status(_ error: JSONValue) -> Int {
        let code = error["code"]?.int ?? error["code"]?.string.flatMap { Int($0) } ?? error["status"]?.int
        if let code, (400...599).contains(code) { return code }
        switch error["code"]?.string {
        case "invalid_prompt", OpenAI.tooLong: return 400
        case "rate_limit_exceeded": return 429
        default: break
        }
        switch error["type"]?.string {
        case "invalid_request_error", "BadRequestError", "exceed_context_size_error": return 400
        case "rate_limit_error": return 429
        case "overloaded_error", "unavailable_error": return 503
        default: return 500
        }
    }
}

extension GatewayError {
    /// The same in the relay's own words, where a model server's are not to be told.
    package var withoutUpstreamText: GatewayError {
        var error = self
        switch self.code {
        case .invalidRequest where self.reason == OpenAI.tooLong: error.message = OpenAI.wordsForTooLong
        case .invalidRequest: error.message = "The model server refused the request."
        case .upstreamBusy: error.message = "The model server is busy. Try again in a moment."
        case .upstreamTimeout: error.message = "The model server timed out."
        case .connectorOffline: error.message = "The model server is still loading the model. Try again shortly."
        case .upstreamFailed: error.message = "The model server failed."
        default: break
        }
        return error
    }
}
