private import FoundationEssentials
package import NIOCore
package import Vocabulary

/// What a caller is told of an upstream's error.
package struct UpstreamFailure: Sendable {
    package var status: Int
    package var body: ByteBuffer
    package var retryAfter: Int?
    package var code: GatewayError.Code
}

extension OpenAI {
    /// Turns an upstream's error into one of this dialect.
    ///
    /// What is wrong with the request keeps its status and its message. What is wrong with the upstream becomes 502, 503 or 429:
    /// its own 401 would make the caller doubt a key that is right.
    /// - Parameters:
    ///   - codes: the words for machines that are said in the place of the relay's own.
    ///   - hidesText: whether nothing is told of what the model server says of it.
    package static func upstreamFailure(
        status: Int,
        retryAfter: Int?,
        body: ByteBuffer,
        codes: ErrorCodes = ErrorCodes(),
        hidesText: Bool = false
    ) -> UpstreamFailure {
        let said = UpstreamError(body)
        let told = hidesText ? said.withoutText : said
        let failure = { (code: GatewayError.Code, message: String, retryAfter: Int?) in
            Self.failure(GatewayError(code, message, retryAfter: retryAfter).worded(by: codes))
        }
        let message = told.message
        switch status {
        case 400, 404, 413, 415, 422:
            return Self.passed(status, told, codes)
        case 401, 403, 407:
            return failure(
                .upstreamFailed,
                "The model server refused its connector's own credential (HTTP \(status)). "
                    + "Whoever runs the connector must correct it.",
                nil
            )
        case 429:
            return failure(.upstreamBusy, message ?? "The model server is busy.", retryAfter ?? 1)
        case 503 where said.message?.lowercased().contains("loading") == true:
            return failure(
                .connectorOffline,
                "The model server is still loading the model. Try again shortly.",
                retryAfter ?? 5
            )
        case 503:
            return failure(.upstreamBusy, message ?? "The model server is busy.", retryAfter ?? 1)
        case 408, 504:
            return failure(.upstreamTimeout, message ?? "The model server timed out.", nil)
        default:
            let words = message.map { "The model server failed: \($0)" }
            return failure(.upstreamFailed, words ?? "The model server failed with HTTP status \(status).", nil)
        }
    }

    /// The message of an error body, if it has one.
    package static func message(in body: ByteBuffer) -> String? {
        UpstreamError(body).message
    }

    /// The code of a prompt that does not fit into the model's context, by which clients know to make it shorter.
    static let tooLong = "context_length_exceeded"
    /// The same, where a model server's own words are not to be told.
    static let wordsForTooLong = "The prompt is longer than the model's context."

    /// Whether an error body says that the prompt does not fit into the model's context.
    static func isTooLong(_ body: ByteBuffer) -> Bool {
        UpstreamError(body).isTooLong
    }

    private static func failure(_ error: GatewayError) -> UpstreamFailure {
        UpstreamFailure(
            status: error.code.status,
            body: Self.errorBody(error),
            retryAfter: error.retryAfter.map { min(max($0, 0), 3_600) },
            code: error.code
        )
    }

    private static func passed(_ status: Int, _ said: UpstreamError, _ codes: ErrorCodes) -> UpstreamFailure {
        var body = ByteBuffer()
        // The code is the one that SDKs know.
        let isTooLong = said.isTooLong
        Self.writeError(
            said.message ?? "The model server refused the request with HTTP status \(status).",
            (
                "invalid_request_error",
                codes.word(for: isTooLong ? Self.tooLong : said.code, status: status)
            ),
            parameter: said.parameter,
            to: &body
        )
        return UpstreamFailure(status: status, body: body, retryAfter: nil, code: .invalidRequest)
    }
}

/// An error body of any of the servers that are known: OpenAI's shape, a bare text, FastAPI's `detail`.
private struct UpstreamError {
    var message: String?
    var type: String?
    var code: String?
    var parameter: String?

    /// llama.cpp says it by the type, vLLM, SGLang and LM Studio only in words.
    var isTooLong: Bool {
        if self.type == "exceed_context_size_error" || self.code == OpenAI.tooLong { return true }
        guard let words = self.message?.lowercased() else { return false }
        let phrases = [
            "maximum context length", "longer than the model's context length", "exceeds the available context size",
            "exceed context window", "exceeds the context window", "greater than the context length",
        ]
        return phrases.contains { words.contains($0) }
    }

    /// The same without what the server says in words of its own choice, in which there may be names and addresses.
    var withoutText: UpstreamError {
        var error = self
        error.message = self.isTooLong ? OpenAI.wordsForTooLong : nil
        if self.isTooLong { error.code = OpenAI.tooLong }
        error.code = error.code.flatMap { OpenAI.errorCodes.contains($0) ? $0 : nil }
        error.type = nil
        error.parameter = nil
        return error
    }

    private struct Body: Decodable {
        var error: Flexible?
        var detail: Flexible?
        var message: Flexible?
        var type: Flexible?
        var param: Flexible?
    }

    private struct Inner: Decodable {
        var message: Flexible?
        var type: Flexible?
        var param: Flexible?
        var code: Flexible?
        var msg: Flexible?
    }

    /// A value whose kind differs from server to server.
    private indirect enum Flexible: Decodable {
        case text(String)
        case object(Inner)
        case list([Flexible])
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let object = try? container.decode(Inner.self) {
                self = .object(object)
            } else if let list = try? container.decode([Flexible].self) {
                self = .list(list)
            } else {
                self = .other
            }
        }

        /// A text that says something.
        var text: String? {
            if case .text(let text) = self, !text.isEmpty { text } else { nil }
        }

        var message: String? {
            switch self {
            case .text: self.text
            case .object(let inner): inner.message?.text ?? inner.msg?.text
            case .list(let list): list.lazy.compactMap(\.message).first
            case .other: nil
            }
        }
    }

    init(_ body: ByteBuffer) {
        let bytes = body.readableBytesView.prefix(1 << 20)
        guard let decoded = try? JSONDecoder().decode(Body.self, from: Data(bytes)) else {
            // A line of plain text is a message; a page of HTML is not.
            let text = String(decoding: bytes.prefix(500), as: UTF8.self)
            let isPlain = !text.contains("<") && !text.contains("{") && !text.hasPrefix("[")
            let line = text.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) }
            self.message = isPlain ? line.map(String.init) : nil
            return
        }
        self.message = decoded.error?.message ?? decoded.detail?.message ?? decoded.message?.text
        self.type = decoded.type?.text
        self.parameter = decoded.param?.text
        guard case .object(let inner) = decoded.error else { return }
        self.type = inner.type?.text
        self.parameter = inner.param?.text
        // Some servers put the HTTP status where OpenAI has a word.
        self.code = inner.code?.text
    }
}
