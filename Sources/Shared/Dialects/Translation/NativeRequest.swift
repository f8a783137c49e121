import NIOCore
import Vocabulary

/// A request in the caller's own words, for a model server that speaks them too.
struct NativeRequest: Sendable {
    private enum Words: Sendable {
        case messages(MessagesRequest)
        case responses(ResponsesRequest)
    }

    /// What of the server it is for.
    let service: UpstreamService
    private let words: Words
    /// The body as it came, but for what no server is to see.
    private var raw: JSONObject

    /// - Parameter raw: the request's body, in which `request` was read.
    init?(_ request: MessagesRequest, raw: JSONValue) {
        guard case .object(let object) = BillingHeader.stripped(from: raw) else { return nil }
        self.service = .messages
        self.words = .messages(request)
        self.raw = object
    }

    /// Not for a response in the background: the relay makes it one, of a stream that no server would give.
    /// - Parameter raw: the request's body, in which `request` was read.
    init?(_ request: ResponsesRequest, raw: JSONValue) {
        guard !request.isInBackground, case .object(let object) = raw else { return nil }
        self.service = .responses
        self.words = .responses(request)
        self.raw = ResponsesRequest.native(object)
    }

    /// Whether a server that speaks the dialect says what is asked, with nothing left out; otherwise the request is translated.
    func isFaithful(on kind: UpstreamKind) -> Bool {
        switch self.words {
        case .messages(let request): request.isFaithful(as: self.raw, on: kind)
        case .responses(let request): request.isFaithful(as: self.raw, on: kind)
        }
    }

    /// Its body is not needed any more.
    mutating func letGoOfBody() { self.raw = JSONObject() }

    /// - Parameter model: the model's name at the server.
    func request(model: String) -> JSONObject {
        var body = self.raw
        body["model"] = .string(model)
        return body
    }

    func body(model: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(self.request(model: model)))
        return bytes
    }

    /// Passes the stream of the answer on.
    /// - Parameters:
    ///   - hidesErrors: whether its server's own words of a failure are left out.
    ///   - told: how many events of the answer its caller has had.
    func makeStream(_ identity: AnswerIdentity, hidesErrors: Bool, told: Int) -> PassedStream {
        switch self.words {
        case .messages: PassedStream(PassedMessages(identity))
        case .responses(let request):
            PassedStream(PassedResponses(request, identity, hidesErrors: hidesErrors, told: told))
        }
    }

    /// Passes a whole answer on.
    /// - Parameter hidesErrors: whether its server's own words of a failure are left out.
    /// - Throws: `upstreamFailed` when it is no answer, or what the server says went wrong.
    func reply(
        _ body: ByteBuffer,
        identity: AnswerIdentity,
        now: Int,
        hidesErrors: Bool
    ) throws(GatewayError) -> (body: ByteBuffer, usage: Usage?) {
        guard let value = try? JSONValue(reading: body), case .object(let object) = value else {
            throw GatewayError(.upstreamFailed, "The model server's answer is not a JSON object.")
        }
        if object["error"].map({ !$0.isNull }) == true || object["type"]?.string == "error" {
            throw ChatFailure.error(in: body)
        }
        let answer: (JSONObject, Usage?)
        switch self.words {
        case .messages:
            var passed = PassedMessages(identity)
            answer = try passed.whole(object)
        case .responses(let request):
            var passed = PassedResponses(request, identity, hidesErrors: hidesErrors)
            answer = try passed.whole(object, now: now)
        }
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(answer.0))
        return (bytes, answer.1)
    }
}
