import NIOCore
import Vocabulary

/// An answer in OpenAI's Responses that passes as its server tells it, but for what servers get wrong.
///
/// Deltas, which are nearly all of a stream, pass by their name. The response object is ours wherever it stands: its id, its
/// model, what it repeats of the request; its output and usage are the server's. `reasoning_part` of vLLM and SGLang becomes
/// `content_part`, the name that OpenAI's clients know.
struct PassedResponses: PassedEvents {
    private let request: ResponsesRequest
    private let identity: AnswerIdentity
    private let hidesErrors: Bool
    private(set) var usage: Usage?
    private(set) var isOver = false
    private(set) var failure: GatewayError?
    /// The server's own word for its failure.
    private var failureCode: String?
    private(set) var response: ByteBuffer?
    private var hasBegun: Bool
    private var numbers: EventNumbers
    /// The data of the events `response.output_item.done`: what an answer that breaks off has said until then.
    private var items: [ByteBuffer] = []
    /// The last event, which waits for the time at which the answer was whole.
    private var ending: JSONObject?

    /// - Parameters:
    ///   - hidesErrors: whether the server's own words of a failure are left out.
    ///   - told: how many events of the answer its caller has had; with the first of them it has begun.
    init(_ request: ResponsesRequest, _ identity: AnswerIdentity, hidesErrors: Bool = false, told: Int = 0) {
        self.request = request
        self.identity = identity
        self.hidesErrors = hidesErrors
        self.hasBegun = told > 0
        self.numbers = EventNumbers(told: told)
    }

    mutating func judge(_ event: PassedEvent) -> PassedEvent.Judgement {
        if self.hasBegun, event.isNamed(endingIn: ".delta"), self.numbers.pass(event.data) { return .pass }
        guard var object = event.object else { return .replace(ByteBuffer()) }
        var type = event.isNamed("error") ? "error" : object["type"]?.string ?? (object["error"] == nil ? "" : "error")
        var out = ByteBuffer()
        if type == "response.failed" || object["response"]?["status"]?.string == "failed" {
            let code = object["response"]?["error"]?["code"]?.string
            // Who hides the server's words passes those on that the relay says itself.
            self.failureCode = code.flatMap { !self.hidesErrors || OpenAI.errorCodes.contains($0) ? $0 : nil }
            self.failure = Self.failure(object["response"]?["error"])
            return .replace(out)
        }
        if !self.hasBegun, type != "error", type != "response.created" { self.begin(into: &out) }
        switch type {
        case "response.created":
            guard !self.hasBegun else { return .replace(out) }
            self.hasBegun = true
            object["response"] = .object(self.object(object["response"]?.object, status: "in_progress", now: nil))
        case "response.queued", "response.in_progress":
            object["response"] = .object(self.object(object["response"]?.object, status: "in_progress", now: nil))
        case "response.completed", "response.incomplete":
            self.numbers.number(&object, from: event.data)
            self.ending = object
            self.isOver = true
            return .replace(out)
        case "response.reasoning_part.added", "response.reasoning_part.done":
            type = "response.content_part." + (type.hasSuffix("added") ? "added" : "done")
            object["type"] = .string(type)
        case "response.output_item.done":
            self.items.append(event.data)
        case "error":
            self.failure = ChatFailure.error(in: event.data)
            return .replace(out)
        case "":
            return .replace(out)
        default:
            break
        }
        self.numbers.number(&object, from: event.data)
        out.writeEvent(type, object)
        return .replace(out)
    }

    mutating func finish(now: Int, into bytes: inout ByteBuffer) -> Bool {
        guard var event = self.ending else { return false }
        let response = self.object(event["response"]?.object, status: nil, now: now)
        // Old builds of vLLM call an answer completed that its length has ended.
        let type = "response." + (response["status"]?.string ?? "completed")
        event["type"] = .string(type)
        event["response"] = .object(response)
        self.end(with: response)
        bytes.writeEvent(type, event)
        return true
    }

    mutating func fail(_ error: GatewayError, into bytes: inout ByteBuffer) {
        guard !self.isOver else { return }
        if !self.hasBegun { self.begin(into: &bytes) }
        var response = self.object(nil, status: "failed", now: nil)
        response["error"] = ResponseObject.error(error, code: error.reason ?? self.failureCode)
        response["output"] = .array(self.items.compactMap { (try? JSONValue(reading: $0))?["item"] })
        self.end(with: response)
        bytes.writeEvent("response.failed", self.event("response.failed", response))
    }

    mutating func keepAlive(minute: Bool, into bytes: inout ByteBuffer) {
        guard minute else {
            bytes.writeStaticString(": keep-alive\n\n")
            return
        }
        guard self.hasBegun else { return self.begin(into: &bytes) }
        let response = self.object(nil, status: "in_progress", now: nil)
        bytes.writeEvent("response.in_progress", self.event("response.in_progress", response))
    }

    /// The whole answer as the caller gets it.
    mutating func whole(_ answer: JSONObject, now: Int) throws(GatewayError) -> (JSONObject, Usage?) {
        guard answer["output"]?.array != nil else {
            throw GatewayError(.upstreamFailed, "The model server's answer has no output.")
        }
        guard answer["status"]?.string != "failed" else { throw Self.failure(nil) }
        return (self.object(answer, status: nil, now: now), self.usage)
    }

    // MARK: Inside

    /// Why a response has failed.
    /// - Parameter error: what the server says of it.
    private static func failure(_ error: JSONValue?) -> GatewayError {
        guard let error else {
            return GatewayError(.upstreamFailed, "The model server says that the response failed, and not why.")
        }
        var body = ByteBuffer()
        body.writeJSON(["error": error])
        return ChatFailure.error(in: body)
    }

    private mutating func begin(into bytes: inout ByteBuffer) {
        self.hasBegun = true
        let response = self.object(nil, status: "in_progress", now: nil)
        bytes.writeEvent("response.created", self.event("response.created", response))
    }

    private mutating func end(with response: JSONObject) {
        self.isOver = true
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(response))
        self.response = bytes
    }

    /// An event of our own, behind the last one that was told.
    private mutating func event(_ type: String, _ response: JSONObject) -> JSONObject {
        JSONObject([
            ("type", .string(type)), ("sequence_number", JSONValue(self.numbers.next())),
            ("response", .object(response)),
        ])
    }

    /// The response object, with every member that there is.
    /// - Parameters:
    ///   - said: the server's own.
    ///   - status: what it must be; the server's own when `nil`.
    ///   - now: when it was whole, in seconds since 1970, where the server does not say.
    private mutating func object(_ said: JSONObject?, status: String?, now: Int?) -> JSONObject {
        let own = said.map { JSONValue.object($0) }
        let status = status ?? own?["status"]?.string ?? "completed"
        var object = JSONObject([
            ("id", .string(Responses.id(self.identity))), ("object", "response"),
            ("created_at", JSONValue(self.identity.created)), ("model", .string(self.identity.model)),
            ("status", .string(status)),
        ])
        let completed = own?["completed_at"]?.double.flatMap { Int(exactly: $0.rounded()) } ?? now
        object["completed_at"] = status == "completed" ? completed.map { JSONValue($0) } ?? .null : .null
        object["error"] = self.hidesErrors ? .null : own?["error"] ?? .null
        object["incomplete_details"] = own?["incomplete_details"] ?? .null
        object["output"] = own?["output"] ?? []
        object["usage"] = self.counted(own?["usage"])
        // What vLLM says when `enable_response_messages` asks for it: its caller sends it on with the next turn.
        for key in ["input_messages", "output_messages"] { object[key] = own?[key] }
        for member in self.request.echo.members { object[member.key] = member.value }
        return object
    }

    /// Usage with every figure that the SDKs' types need.
    private mutating func counted(_ usage: JSONValue?) -> JSONValue {
        guard let usage, let input = usage["input_tokens"]?.int, let output = usage["output_tokens"]?.int else {
            return .null
        }
        let cached = usage["input_tokens_details"]?["cached_tokens"]?.int ?? 0
        let written = usage["input_tokens_details"]?["cache_write_tokens"]?.int ?? 0
        let reasoning = usage["output_tokens_details"]?["reasoning_tokens"]?.int ?? 0
        let counted = Usage(input: input, cachedInput: cached, output: output, reasoning: reasoning)
        self.usage = counted
        return [
            "input_tokens": JSONValue(counted.input),
            "input_tokens_details": [
                "cached_tokens": JSONValue(counted.cachedInput),
                "cache_write_tokens": JSONValue(Usage.believable(written)),
            ],
            "output_tokens": JSONValue(counted.output),
            "output_tokens_details": ["reasoning_tokens": JSONValue(counted.reasoning)],
            "total_tokens": JSONValue(counted.total),
        ]
    }
}
