import NIOCore
import Vocabulary

/// An answer in Anthropic's Messages that passes as its server tells it, but for what servers get wrong.
///
/// Deltas, which are nearly all of a stream, pass by their name. Looked into are the few events around them: the message's id and
/// model are ours; usage is where the SDKs need it; a block begins with all its members and ends before the next one begins
/// (llama.cpp ends them all at the end); events have their name; an end that is missing is added.
struct PassedMessages: PassedEvents {
    private let identity: AnswerIdentity
    private(set) var usage: Usage?
    private(set) var isOver = false
    private(set) var failure: GatewayError?
    let response: ByteBuffer? = nil
    private var hasBegun = false
    /// `message_delta` has passed: the reason of the stop is told.
    private var hasStopped = false
    /// The index of the block whose start was told and whose stop was not.
    private var open: Int?
    /// How many pieces came, which is about how many tokens: told when the server does not count.
    private var pieces = 0
    private var counts = JSONObject()

    init(_ identity: AnswerIdentity) {
        self.identity = identity
    }

    mutating func judge(_ event: PassedEvent) -> PassedEvent.Judgement {
        if event.isNamed("content_block_delta"), self.hasBegun {
            self.pieces += 1
            return .pass
        }
        if event.isNamed("ping") { return self.hasBegun ? .pass : .replace(ByteBuffer()) }
        guard var object = event.object else { return .replace(ByteBuffer()) }
        let type =
            event.isNamed("error") ? "error" : object["type"]?.string ?? (object["error"] == nil ? "" : "error")
        var out = ByteBuffer()
        if !self.hasBegun, type != "message_start", type != "error" { self.begin(with: JSONObject(), into: &out) }
        switch type {
        case "message_start":
            guard !self.hasBegun else { return .replace(out) }
            self.begin(with: object["message"]?.object ?? JSONObject(), into: &out)
        case "content_block_start":
            self.close(into: &out)
            self.open = object["index"]?.int
            object["content_block"] = object["content_block"].map(Self.completed)
            out.writeEvent(type, object)
        case "content_block_stop":
            guard let index = object["index"]?.int, index == self.open else { return .replace(out) }
            self.open = nil
            out.writeEvent(type, object)
        case "message_delta":
            self.close(into: &out)
            self.stop(object, into: &out)
        case "message_stop":
            self.end(into: &out)
        case "error":
            self.failure = ChatFailure.error(in: event.data)
        case "":
            break
        default:
            out.writeEvent(type, object)
        }
        return .replace(out)
    }

    mutating func finish(now: Int, into bytes: inout ByteBuffer) -> Bool {
        if self.isOver { return true }
        guard self.hasStopped else { return false }
        self.end(into: &bytes)
        return true
    }

    mutating func fail(_ error: GatewayError, into bytes: inout ByteBuffer) {
        guard !self.isOver else { return }
        self.isOver = true
        bytes.writeStaticString("event: error\ndata: ")
        bytes.writeAnthropicError(error, requestID: "req_" + self.identity.digits)
        bytes.writeStaticString("\n\n")
    }

    mutating func keepAlive(minute: Bool, into bytes: inout ByteBuffer) {
        bytes.writeStaticString(self.hasBegun ? Anthropic.ping : ": keep-alive\n\n")
    }

    /// The whole answer as the caller gets it.
    mutating func whole(_ answer: JSONObject) throws(GatewayError) -> (JSONObject, Usage?) {
        guard let content = answer["content"]?.array else {
            throw GatewayError(.upstreamFailed, "The model server's answer has no content.")
        }
        self.count(answer["usage"])
        var message = self.message(answer)
        message["content"] = .array(content.map(Self.completed))
        message["stop_reason"] = answer["stop_reason"].flatMap { $0.isNull ? nil : $0 } ?? "end_turn"
        message["stop_sequence"] = answer["stop_sequence"] ?? .null
        return (message, self.usage)
    }

    // MARK: Inside

    private mutating func begin(with message: JSONObject, into bytes: inout ByteBuffer) {
        self.hasBegun = true
        self.count(message["usage"])
        var head = self.message(message)
        head["content"] = []
        head["stop_reason"] = .null
        head["stop_sequence"] = .null
        bytes.writeEvent("message_start", JSONObject([("type", "message_start"), ("message", .object(head))]))
    }

    /// The message with what is the same in all of them.
    private func message(_ message: JSONObject) -> JSONObject {
        let own: [(String, JSONValue)] = [
            ("id", .string("msg_" + self.identity.digits)), ("type", "message"), ("role", "assistant"),
            ("model", .string(self.identity.model)),
        ]
        let theirs = message.members.map { ($0.key, $0.value) }
        return JSONObject(lastOf: own + theirs + own + [("usage", .object(self.counts))])
    }

    /// Takes note of what was counted; figures that come later take the place of earlier ones.
    private mutating func count(_ usage: JSONValue?) {
        let counted = (usage?.object?.members ?? []).filter { !$0.value.isNull }
        self.counts = JSONObject(lastOf: (self.counts.members + counted).map { ($0.key, $0.value) })
        for key in ["input_tokens", "output_tokens"] where self.counts[key] == nil { self.counts[key] = 0 }
        for key in ["cache_creation_input_tokens", "cache_read_input_tokens"] where self.counts[key] == nil {
            self.counts[key] = 0
        }
        if usage?["output_tokens"]?.int ?? 0 > 0 { self.usage = Usage(messages: self.counts) }
    }

    private mutating func close(into bytes: inout ByteBuffer) {
        guard let open else { return }
        self.open = nil
        bytes.writeEvent(
            "content_block_stop",
            JSONObject([("type", "content_block_stop"), ("index", JSONValue(open))])
        )
    }

    private mutating func stop(_ event: JSONObject, into bytes: inout ByteBuffer) {
        var event = event
        var delta = event["delta"]?.object ?? JSONObject()
        if delta["stop_reason"] ?? .null == .null, !self.hasStopped { delta["stop_reason"] = "end_turn" }
        if delta["stop_sequence"] == nil { delta["stop_sequence"] = .null }
        self.hasStopped = true
        self.count(event["usage"])
        if event["usage"]?["output_tokens"]?.int == nil, self.counts["output_tokens"] == 0 {
            self.counts["output_tokens"] = JSONValue(self.pieces)
        }
        event["delta"] = .object(delta)
        event["usage"] = .object(self.counts)
        bytes.writeEvent("message_delta", event)
    }

    private mutating func end(into bytes: inout ByteBuffer) {
        self.close(into: &bytes)
        if !self.hasStopped { self.stop(JSONObject([("type", "message_delta")]), into: &bytes) }
        self.isOver = true
        bytes.writeEvent("message_stop", JSONObject([("type", "message_stop")]))
    }

    /// A block with the members that the SDKs read without looking whether they are there.
    private static func completed(_ block: JSONValue) -> JSONValue {
        guard case .object(var object) = block else { return block }
        let needed: [(String, JSONValue)] =
            switch object["type"]?.string {
            case "text": [("text", "")]
            case "thinking": [("thinking", ""), ("signature", "")]
            case "tool_use": [("input", [:])]
            default: []
            }
        for (key, value) in needed where object[key] ?? .null == .null { object[key] = value }
        return .object(object)
    }
}

extension Usage {
    /// Reads Messages' `usage`, whose input counts only what was neither read from a cache nor written to it.
    init(messages usage: JSONObject) {
        func tokens(_ key: String) -> Int { Usage.believable(usage[key]?.int ?? 0) }
        let cached = tokens("cache_read_input_tokens")
        self.init(
            input: tokens("input_tokens") + cached + tokens("cache_creation_input_tokens"),
            cachedInput: cached,
            output: tokens("output_tokens"),
            reasoning: usage["output_tokens_details"]?["thinking_tokens"]?.int ?? 0
        )
    }
}
