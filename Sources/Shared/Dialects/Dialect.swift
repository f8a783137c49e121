package import NIOCore
package import Vocabulary

/// A vendor's way of saying the same things, as a caller speaks it.
package enum Dialect: Hashable, Sendable, CaseIterable {
    /// OpenAI's Chat, completions, embeddings and lists.
    case openAI
    /// OpenAI's Responses.
    case responses
    /// Anthropic's Messages.
    case messages
    case gemini

    /// The dialect of a caller whose route does not tell it, by a header that only one vendor's programs send.
    /// - Parameters:
    ///   - anthropicVersion: the value of `anthropic-version`.
    ///   - googleKey: the value of `x-goog-api-key`.
    package init(anthropicVersion: String?, googleKey: String?) {
        if anthropicVersion != nil {
            self = .messages
        } else {
            self = googleKey == nil ? .openAI : .gemini
        }
    }

    /// An error as a whole answer.
    /// - Parameter requestID: what the header `x-request-id` says.
    package func errorBody(_ error: GatewayError, requestID: String) -> ByteBuffer {
        switch self {
        case .openAI: OpenAI.errorBody(error)
        case .responses: Responses.errorBody(error, requestID: requestID)
        case .messages: Anthropic.errorBody(error, requestID: requestID)
        case .gemini: Gemini.errorBody(error, requestID: requestID)
        }
    }

    /// The HTTP status that a cause has in this dialect.
    package func status(of code: GatewayError.Code) -> Int {
        self == .gemini ? Gemini.status(of: code) : code.status
    }

    /// What a caller is told of an HTTP error of a model server, whose own 4xx stays as far as it is about the request.
    /// - Parameters:
    ///   - status: the model server's HTTP status.
    ///   - retryAfter: seconds of its `retry-after`, if any.
    ///   - codes: the words for machines that are said in the place of the relay's own.
    ///   - hidesText: whether nothing is told of what the model server says of it.
    package func upstreamFailure(
        status: Int,
        retryAfter: Int?,
        body: ByteBuffer,
        requestID: String,
        codes: ErrorCodes = ErrorCodes(),
        hidesText: Bool = false
    ) -> UpstreamFailure {
        var failure = OpenAI.upstreamFailure(
            status: status,
            retryAfter: retryAfter,
            body: body,
            codes: codes,
            hidesText: hidesText
        )
        var error = self.told(
            ChatFailure.error(status: status, retryAfter: retryAfter, body: body, hidesText: hidesText)
        )
        let isPassed = failure.code == .invalidRequest
        if isPassed { error.code = Self.cause(ofRefusal: failure.status) }
        switch self {
        case .openAI, .responses:
            break
        case .messages:
            failure.body = Anthropic.errorBody(error, requestID: requestID)
        case .gemini where isPassed:
            let status = failure.status
            failure.body = Gemini.errorBody(status: status, message: error.message, requestID: requestID)
        case .gemini:
            failure.status = Gemini.status(of: error.code)
            failure.body = Gemini.errorBody(error, requestID: requestID)
        }
        return failure
    }

    /// A model server's error with the words by which clients know a prompt that does not fit into the model's context.
    ///
    /// They stand in front of the server's own: Claude Code makes its conversation shorter when it reads them. OpenAI's clients know
    /// the error's code.
    package func told(_ error: GatewayError) -> GatewayError {
        guard error.reason == OpenAI.tooLong else { return error }
        var error = error
        switch self {
        case .openAI, .responses: break
        case .messages: error.message = "prompt is too long: " + error.message
        case .gemini:
            error.message = "The input token count exceeds the maximum number of tokens allowed: " + error.message
        }
        return error
    }

    /// The cause whose words fit a status with which a model server refuses a request.
    private static func cause(ofRefusal status: Int) -> GatewayError.Code {
        switch status {
        case 404: .unknownDeployment
        case 413: .bodyTooLarge
        case 415: .unsupportedMediaType
        default: .invalidRequest
        }
    }
}
