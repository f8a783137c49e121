package import NIOCore
package import Vocabulary

/// A request that is told to a model server in Chat's words, and its answer in the words of the dialect that it came in.
package struct Translation: Sendable {
    enum Request: Sendable {
        case messages(MessagesRequest)
        case responses(ResponsesRequest)
        case gemini(GeminiRequest)
        case embeddings(GeminiEmbeddings)
    }

    /// What only a store of responses knows.
    package struct Memory {
        /// How many bytes a request may grow by what it refers to.
        package var room: Int
        /// Every item of the chain that ends with a response's id, the oldest first.
        package var chain: (String) throws(GatewayError) -> [JSONValue]?
        /// An item by its id.
        package var item: (String) -> JSONValue?

        package init(
            room: Int = 64 << 20,
            chain: @escaping (String) throws(GatewayError) -> [JSONValue]? = { _ in nil },
            item: @escaping (String) -> JSONValue? = { _ in nil }
        ) {
            self.room = room
            self.chain = chain
            self.item = item
        }
    }

    package let endpoint: Endpoint
    /// The model that the caller named.
    package let model: String
    /// Whether the answer is streamed.
    package let streams: Bool
    /// What kind of service the caller asks for, if it says so: in the same member in every dialect that can say it.
    package let serviceTier: String?
    /// Why no server can be asked in Chat's words for all that is wanted; `nil` when it can.
    package let refusalToTranslate: GatewayError?
    var request: Request
    /// Whether a text that begins with `<think>` has its reasoning taken out of it.
    package var splitsThinkTags = true
    /// Whether a model server's own words of its failures are not told.
    package var hidesUpstreamText = false
    /// A Responses request's own items, where they are to be remembered.
    package internal(set) var keptInput: KeptInput?
    /// What was made of it before it was known where the call goes.
    var ahead: Ahead?
    /// How the events of a streamed Responses answer are framed.
    private let framing: ResponsesFraming
    /// The request as it came, in a dialect that some model servers speak themselves; `nil` for turns of a WebSocket.
    var native: NativeRequest?

    /// Understands a turn of a WebSocket, whose answer comes as messages.
    /// - Parameters:
    ///   - turn: the body of its ``ResponsesClientMessage/create(body:generates:lane:)``.
    ///   - generates: false for a warm-up.
    ///   - lane: what every event repeats.
    /// - Throws: `invalidRequest` with the field that is at fault.
    package init(
        turn: JSONValue,
        generates: Bool,
        lane: String?,
        memory: Memory = Memory()
    ) throws(GatewayError) {
        let request = try ResponsesRequest(
            reading: turn,
            generates: generates,
            chain: memory.chain,
            item: memory.item,
            room: memory.room
        )
        self.endpoint = .responses
        self.model = request.conversation.model
        self.streams = true
        self.serviceTier = turn["service_tier"]?.string
        self.refusalToTranslate = ResponsesRequest.refusalToTranslate(turn)
        self.request = .responses(request)
        self.framing = .messages(lane: lane)
        self.native = nil
    }

    /// Understands a request.
    /// - Parameters:
    ///   - endpoint: one that is not passed through.
    ///   - body: the whole body.
    ///   - memory: what earlier responses are looked up in.
    /// - Throws: `invalidRequest` with the field that is at fault.
    package init(_ endpoint: Endpoint, reading body: ByteBuffer, memory: Memory = Memory()) throws(GatewayError) {
        let value: JSONValue
        do throws(JSONFault) {
            value = try JSONValue(reading: body)
        } catch {
            throw GatewayError(.invalidRequest, error.message)
        }
        let endpoint = endpoint.streamed(by: value)
        self.endpoint = endpoint
        self.serviceTier = value["service_tier"]?.string
        self.refusalToTranslate = endpoint == .responses ? ResponsesRequest.refusalToTranslate(value) : nil
        self.framing = .serverSentEvents
        var native: NativeRequest?
        switch endpoint {
        case .messages, .messagesTokenCount:
            let purpose: MessagesRequest.Purpose = endpoint == .messages ? .answer : .tokenCount
            let request = try MessagesRequest(reading: value, for: purpose)
            self.request = .messages(request)
            native = NativeRequest(request, raw: value)
        case .responses, .responsesTokenCount:
            let request = try ResponsesRequest(
                reading: value,
                chain: memory.chain,
                item: memory.item,
                room: memory.room
            )
            self.request = .responses(request)
            if endpoint == .responses { native = NativeRequest(request, raw: value) }
        case .generateContent(let model, let framing):
            self.request = .gemini(try GeminiRequest(reading: value, model: model, framing: framing))
        case .geminiTokenCount(let model):
            self.request = .gemini(try GeminiRequest(countingIn: value, model: model))
        case .embedContent(_, let isBatch):
            self.request = .embeddings(try GeminiEmbeddings(reading: value, isBatch: isBatch))
        case .chatCompletions, .completions, .embeddings:
            throw GatewayError(.internalError, "The relay took this request for one of another dialect.")
        }
        self.native = native
        if case .embedContent(let model, _) = endpoint {
            self.model = model
            self.streams = false
        } else {
            let conversation = self.request.conversation
            self.model = conversation?.model ?? ""
            self.streams = conversation?.streams ?? false
        }
    }

    /// The content type of a streamed answer.
    package var streamType: StreamType {
        if case .generateContent(_, framing: .array) = self.endpoint { .json } else { .events }
    }

    /// What a stream may say while no model server has begun to answer: something that its clients bear in front of everything
    /// else, and that begins no answer.
    package var signOfWaiting: ByteBuffer {
        switch self.request {
        case .messages: ChatStream.keepAlive
        // A WebSocket has pings of its own.
        case .responses: self.framing == .serverSentEvents ? ChatStream.keepAlive : ByteBuffer()
        case .gemini: ByteBuffer(string: "\n")
        case .embeddings: ByteBuffer()
        }
    }

    /// An event that says the same, for clients whose patience counts events only; `nil` where they have none.
    ///
    /// The first one begins the answer. Whoever tells the rest is told how many there were.
    /// - Parameter told: how many events of the answer its caller has had; grows by those that are told.
    package func eventOfWaiting(_ identity: AnswerIdentity, told: inout Int) -> ByteBuffer? {
        guard case .responses(let request) = self.request else { return nil }
        var stream = ResponsesStream(request, identity: identity, framing: self.framing, told: told)
        var bytes = ByteBuffer()
        if told == 0 { stream.begin(into: &bytes) } else { stream.keepAlive(minute: true, into: &bytes) }
        told = stream.frames.sequence
        return bytes
    }

    /// A streamed answer on its way; `nil` for embeddings, which are never streamed.
    /// - Parameter told: how many events of the answer its caller has had.
    package func makeStream(_ identity: AnswerIdentity, told: Int = 0) -> TranslatedStream? {
        let choices = self.request.conversation?.choices ?? 1
        return self.makeWriter(identity, told: told).map { writer in
            TranslatedStream(
                reader: self.makeReader(identity),
                writer: writer,
                tags: self.splitsThinkTags ? ThinkTags(choices: choices) : nil
            )
        }
    }

    /// Understands the model server's stream.
    package func makeReader(_ identity: AnswerIdentity) -> ChatEventStream {
        ChatEventStream(self.request.conversation ?? Conversation(model: self.model), identity: identity)
    }

    /// Tells the answer as a stream; `nil` for embeddings, which are never streamed.
    /// - Parameter told: how many events of the answer its caller has had.
    package func makeWriter(_ identity: AnswerIdentity, told: Int = 0) -> (any AnswerWriter)? {
        switch self.request {
        case .messages(let request): MessagesStream(request, identity: identity)
        case .responses(let request):
            ResponsesStream(request, identity: identity, framing: self.framing, told: told)
        case .gemini(let request): GeminiStream(request, identity: identity)
        case .embeddings: nil
        }
    }

    /// The stream of a warm-up, which no model is asked for: a response that is complete and says nothing.
    /// - Parameter now: seconds since 1970.
    /// - Returns: the stream's bytes, and the response object; `nil` in other dialects.
    package func warmUp(_ identity: AnswerIdentity, now: Int) -> (bytes: ByteBuffer, response: ByteBuffer)? {
        guard case .responses(let request) = self.request else { return nil }
        var stream = ResponsesStream(request, identity: identity, framing: self.framing)
        var bytes = ByteBuffer()
        stream.begin(into: &bytes)
        stream.write(.usage(Usage()), into: &bytes)
        stream.complete(at: now)
        stream.finish(into: &bytes)
        return stream.response.map { (bytes, $0) }
    }

    /// Tells a whole answer.
    /// - Parameters:
    ///   - body: what the model server answered with status 200.
    ///   - now: seconds since 1970.
    /// - Throws: `upstreamFailed` when it is no answer, or what the server says went wrong.
    package func reply(
        _ body: ByteBuffer,
        identity: AnswerIdentity,
        now: Int
    ) throws(GatewayError) -> (body: ByteBuffer, usage: Usage?) {
        guard let conversation = self.request.conversation else { return try self.embeddings(body) }
        var reply = try ChatReply.read(body, to: conversation, identity: identity)
        if self.splitsThinkTags { reply.splitThinkTags() }
        switch self.request {
        case .messages(let request):
            return (Anthropic.reply(reply, to: request, identity: identity), reply.usage)
        case .responses(let request):
            let answer = Responses.reply(reply, to: request, identity: identity, completedAt: now)
            return (answer.body, reply.usage)
        case .gemini(let request):
            return (Gemini.reply(reply, to: request, identity: identity), reply.usage)
        case .embeddings:
            return try self.embeddings(body)
        }
    }

    /// Passes the stream of a server on that was asked natively.
    /// - Parameter told: how many events of the answer its caller has had.
    package func makePassage(_ identity: AnswerIdentity, told: Int = 0) -> PassedStream? {
        self.native?.makeStream(identity, hidesErrors: self.hidesUpstreamText, told: told)
    }

    /// Passes a whole answer of a server on that was asked natively.
    /// - Throws: `upstreamFailed` when it is no answer, or what the server says went wrong.
    package func passedReply(
        _ body: ByteBuffer,
        identity: AnswerIdentity,
        now: Int
    ) throws(GatewayError) -> (body: ByteBuffer, usage: Usage?) {
        guard let native else { throw GatewayError(.internalError, "The relay took this answer for a native one.") }
        return try native.reply(body, identity: identity, now: now, hidesErrors: self.hidesUpstreamText)
    }

    /// The request in the one form of all dialects; `nil` for embeddings.
    var conversation: Conversation? { self.request.conversation }

    /// How many tokens may be written for the answer; several choices count as often.
    /// - Parameter assumed: the limit of a caller who states none.
    package func outputLimit(assuming assumed: Int) -> Int {
        guard let conversation = self.request.conversation else { return 0 }
        let limit = conversation.maximumTokens.flatMap { $0 >= 0 ? min($0, Int(Int32.max)) : nil } ?? assumed
        let choices = min(max(conversation.choices ?? 1, 1), 1_000)
        let (product, overflows) = limit.multipliedReportingOverflow(by: choices)
        return overflows ? .max : product
    }

    /// Bytes that the model reads and the body does not hold: what the relay remembers of the conversation.
    package var rememberedBytes: Int { self.responses?.rememberedBytes ?? 0 }

    /// The request as a Responses request, if it is one.
    package var responses: ResponsesRequest? {
        if case .responses(let request) = self.request { request } else { nil }
    }

    /// Whether the answer is made without its caller.
    package var isInBackground: Bool { self.endpoint == .responses && self.responses?.isInBackground == true }

    private func embeddings(_ body: ByteBuffer) throws(GatewayError) -> (body: ByteBuffer, usage: Usage?) {
        guard case .embeddings(let request) = self.request else {
            throw GatewayError(.internalError, "The relay took this answer for one with embeddings.")
        }
        let answer = try OpenAI.inspectAnswer(body, publicModel: self.model, makesEmbeddings: true)
        return (try request.reply(body), answer.usage)
    }
}

extension Translation.Request {
    /// What it says to a model; `nil` for embeddings.
    var conversation: Conversation? {
        switch self {
        case .messages(let request): request.conversation
        case .responses(let request): request.conversation
        case .gemini(let request): request.conversation
        case .embeddings: nil
        }
    }

    mutating func changeConversation(_ change: (inout Conversation) -> Void) {
        switch self {
        case .messages(var request):
            change(&request.conversation)
            self = .messages(request)
        case .responses(var request):
            change(&request.conversation)
            self = .responses(request)
        case .gemini(var request):
            change(&request.conversation)
            self = .gemini(request)
        case .embeddings:
            break
        }
    }

    /// Changes what is said to a model, turn by turn.
    mutating func changeMessages(_ change: (inout Message) -> Void) {
        self.changeConversation { conversation in
            for index in conversation.messages.indices { change(&conversation.messages[index]) }
        }
    }
}

extension Endpoint {
    /// The endpoint as a body asks for it: `"stream": true` streams Gemini's answer too, as server-sent events.
    ///
    /// Google has no such field and none of its clients sends one; whoever writes it knows it from the other dialects.
    fileprivate func streamed(by body: JSONValue) -> Endpoint {
        guard case .generateContent(let model, _) = self, body["stream"]?.bool == true else { return self }
        return .generateContent(model: model, framing: .events)
    }
}
