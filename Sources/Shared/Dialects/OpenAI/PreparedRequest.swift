package import NIOCore
package import Vocabulary

/// A request that has been understood: which model, how to answer, and what must be changed in its body.
///
/// Never changed, and handed on from one to the next: a reference, whatever it holds.
package final class PreparedRequest: Sendable {
    /// What the caller put in `model`.
    package let model: String
    /// Whether the answer is streamed.
    package let streams: Bool
    /// Whether the caller asked for the chunk with the usage.
    package let wantsUsage: Bool
    /// Whether embeddings are to be base64.
    package let wantsBase64: Bool
    private let facts: RequestFacts
    private let asksForUsage: Bool
    private let isForEmbeddings: Bool

    /// Understands a request, or says which field is at fault.
    package init(_ facts: RequestFacts, endpoint: Endpoint) throws(GatewayError) {
        guard facts.isObject else {
            throw GatewayError(.invalidRequest, "The body must be a JSON object.")
        }
        if facts.modelIsWrongKind {
            throw GatewayError(.invalidRequest, "«model» must be a string: the name of a model.", parameter: "model")
        }
        if facts.modelIsTooLong {
            throw GatewayError(.invalidRequest, "«model» is too long to be the name of a model.", parameter: "model")
        }
        guard let model = facts.model, !model.text.isEmpty else {
            throw GatewayError(
                .invalidRequest,
                "«model» is missing or empty. GET /v1/models lists the models that you may use.",
                parameter: "model"
            )
        }
        if facts.streamIsWrongKind {
            throw GatewayError(.invalidRequest, "«stream» must be true or false.", parameter: "stream")
        }
        switch endpoint {
        case .chatCompletions:
            try Self.require(facts.messages, "messages", "an array with at least one message")
        case .completions:
            // Some servers take a call without a prompt; an empty one is the model's own beginning.
            if facts.prompt == .missing {
                throw GatewayError(.invalidRequest, "«prompt» is missing.", parameter: "prompt")
            }
        case .embeddings:
            try Self.require(facts.input, "input", "a text or an array with at least one")
        case .messages, .messagesTokenCount, .responses, .responsesTokenCount, .generateContent, .geminiTokenCount,
            .embedContent:
            throw GatewayError(.internalError, "The relay took this request for one that needs no translation.")
        }
        self.model = model.text
        self.isForEmbeddings = endpoint == .embeddings
        self.streams = endpoint != .embeddings && facts.stream == true
        self.wantsUsage = facts.streamOptions?.includesUsage == true
        self.wantsBase64 = facts.encodingFormat == "base64"
        self.asksForUsage = self.streams && !self.wantsUsage
        self.facts = facts
    }

    /// What kind of service the caller asks for, if it says so.
    package var serviceTier: String? { self.facts.serviceTier }

    /// How many tokens may be written for the answer.
    ///
    /// Of several limits a server may know only the largest one, and of one that is negative or no number nobody knows what it
    /// does to the others. It counts for every answer that the server writes: for each of several choices, those that it writes to
    /// choose from, and each of several prompts.
    /// - Parameters:
    ///   - body: the request's whole body.
    ///   - assumed: the limit of a caller who states none.
    package func outputLimit(in body: ByteBuffer, assuming assumed: Int) -> Int {
        guard !self.isForEmbeddings else { return 0 }
        let facts = self.facts
        let limits = [facts.maximumTokens, facts.maximumCompletionTokens, facts.predictedTokens]
            .compactMap { StatedNumber(body, $0) }
        let largest = limits.map(\.most).max() ?? 0
        let isLimited = !limits.isEmpty && limits.allSatisfy(\.isCertain)
        let stated = isLimited ? largest : max(largest, min(assumed, StatedNumber.largest))
        let answers = [facts.choices, facts.candidates, facts.completions].compactMap { StatedNumber(body, $0)?.most }
        // Two factors below 2³¹ each: only the third may be too many.
        let ofOnePrompt = stated * max(answers.max() ?? 1, 1)
        let (tokens, overflows) = ofOnePrompt.multipliedReportingOverflow(by: self.prompts(in: body))
        return overflows ? .max : tokens
    }

    /// How many texts the server is to go on from. An array that begins with a number is one text, in tokens.
    private func prompts(in body: ByteBuffer) -> Int {
        guard let list = self.facts.promptList, list.count > 1 else { return 1 }
        let elements = body.readableBytesView.dropFirst(list.start + 1)
        let first = elements.first { !" \t\r\n".utf8.contains($0) }
        return first.map { $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true
            ? 1 : list.count
    }

    /// What to change in the body for an upstream: its own name for the model, the question for the usage, and for Ollama,
    /// which knows `max_tokens` only, the limit of the answer by that name.
    package func edits(of body: ByteBuffer, upstreamModel: String, kind: UpstreamKind) -> BodyEdits {
        var edits = BodyEdits()
        if kind == .ollama { self.limitForOllama(&edits, body) }
        if let model = self.facts.model, model.text != upstreamModel {
            edits.replace(model.value, withJSON: upstreamModel)
        }
        if self.asksForUsage { self.askForUsage(&edits) }
        return edits
    }

    /// A `max_tokens` that is null stays where it is: of two, the last one counts.
    private func limitForOllama(_ edits: inout BodyEdits, _ body: ByteBuffer) {
        let text = { (place: Range<Int>) in body.getString(at: body.readerIndex + place.lowerBound, length: place.count)
        }
        guard let limit = self.facts.maximumCompletionTokens.flatMap(text).flatMap({ Int($0) }) else { return }
        guard let place = self.facts.maximumTokens else {
            return edits.insert("\"max_tokens\":\(limit),", at: self.facts.openBrace + 1)
        }
        if text(place) == "null" { edits.replace(place, with: String(limit)) }
    }

    private func askForUsage(_ edits: inout BodyEdits) {
        let member = "\"include_usage\":true"
        guard let options = self.facts.streamOptions else {
            return edits.insert("\"stream_options\":{\(member)},", at: self.facts.openBrace + 1)
        }
        if let value = options.includeUsageValue {
            edits.replace(value, with: "true")
        } else if options.isObject {
            edits.insert(options.isEmpty ? member : member + ",", at: options.value.lowerBound + 1)
        } else {
            edits.replace(options.value, with: "{\(member)}")
        }
    }

    private static func require(
        _ presence: RequestFacts.Presence,
        _ name: String,
        _ expected: String
    ) throws(GatewayError) {
        switch presence {
        case .filled: return
        case .missing: throw GatewayError(.invalidRequest, "«\(name)» is missing.", parameter: name)
        case .empty: throw GatewayError(.invalidRequest, "«\(name)» is empty; it must be \(expected).", parameter: name)
        case .wrongKind: throw GatewayError(.invalidRequest, "«\(name)» must be \(expected).", parameter: name)
        }
    }
}
