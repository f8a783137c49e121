import NIOCore
import Vocabulary

/// The response object: what this answer is, and what the request said.
struct ResponseObject: Sendable {
    enum Status: String, Sendable {
        case inProgress = "in_progress"
        case completed
        case incomplete
        case failed
        case cancelled
    }

    /// How a response stands.
    struct State: Sendable {
        var status: Status
        /// `max_output_tokens` or `content_filter`.
        var incompleteReason: String?
        var error: JSONValue = .null
        var usage: Usage?
        /// Seconds since 1970.
        var completedAt: Int?

        init(_ status: Status) {
            self.status = status
        }

        /// What the reason of the model's stop makes of a response.
        init(_ reason: FinishReason) {
            switch reason {
            case .length:
                self.status = .incomplete
                self.incompleteReason = "max_output_tokens"
            case .contentFilter:
                self.status = .incomplete
                self.incompleteReason = "content_filter"
            case .stop, .stopSequence, .toolCalls: self.status = .completed
            }
        }
    }

    private let head: ByteBuffer
    private let tail: ByteBuffer

    init(_ request: ResponsesRequest, _ identity: AnswerIdentity) {
        var head = ByteBuffer()
        head.writeStaticString("{\"id\":")
        head.writeJSONString(Responses.id(identity))
        head.writeString(",\"object\":\"response\",\"created_at\":\(identity.created),\"model\":")
        head.writeJSONString(identity.model)
        var tail = ByteBuffer()
        for member in request.echo.members {
            tail.writeStaticString(",")
            tail.writeJSONString(member.key)
            tail.writeStaticString(":")
            tail.writeJSON(member.value)
        }
        tail.writeStaticString("}")
        self.head = head
        self.tail = tail
    }

    /// Writes the whole object.
    func write(_ state: State, output: [OutputItem], into bytes: inout ByteBuffer) {
        bytes.writeImmutableBuffer(self.head)
        bytes.writeStaticString(",\"status\":\"")
        bytes.writeString(state.status.rawValue)
        bytes.writeStaticString("\",\"completed_at\":")
        bytes.writeJSON(state.completedAt.map { JSONValue($0) } ?? .null)
        bytes.writeStaticString(",\"error\":")
        bytes.writeJSON(state.error)
        bytes.writeStaticString(",\"incomplete_details\":")
        bytes.writeJSON(state.incompleteReason.map { ["reason": .string($0)] } ?? .null)
        bytes.writeStaticString(",\"output\":[")
        for (index, item) in output.enumerated() {
            if index > 0 { bytes.writeStaticString(",") }
            item.write(into: &bytes)
        }
        bytes.writeStaticString("],\"usage\":")
        if let usage = state.usage { Self.write(usage, into: &bytes) } else { bytes.writeStaticString("null") }
        bytes.writeImmutableBuffer(self.tail)
    }

    private static func write(_ usage: Usage, into bytes: inout ByteBuffer) {
        bytes.writeString("{\"input_tokens\":\(usage.input),\"input_tokens_details\":{\"cached_tokens\":")
        bytes.writeString("\(usage.cachedInput),\"cache_write_tokens\":0},\"output_tokens\":\(usage.output),")
        bytes.writeString("\"output_tokens_details\":{\"reasoning_tokens\":\(usage.reasoning)},")
        bytes.writeString("\"total_tokens\":\(usage.total)}")
    }

    /// What `error` of a failed response says. The codes are those that Codex and the SDKs know: an invalid prompt is
    /// not tried again, everything else is.
    static func error(_ error: GatewayError, code: String?) -> JSONValue {
        var message = error.message
        let known: String
        switch error.code {
        case .rateLimited, .upstreamBusy:
            known = "rate_limit_exceeded"
            // Codex reads the delay from the message.
            if let delay = error.retryAfter { message += " Please try again in \(delay)s." }
        case .quotaExhausted: known = "insufficient_quota"
        case .invalidRequest, .bodyTooLarge: known = "invalid_prompt"
        default: known = "server_error"
        }
        return ["code": .string(code ?? known), "message": .string(message)]
    }
}
