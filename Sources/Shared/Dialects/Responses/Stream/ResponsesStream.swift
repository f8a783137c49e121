package import NIOCore
package import Vocabulary

/// Tells an answer as the events of the Responses API.
///
/// Every item that is told of has its own place in the output. Reasoning and text follow each other; calls stay open
/// beside them until the model has stopped, since it may write several by turns.
/// ```
/// created, in_progress ─▶ (added ─▶ delta* ─▶ done)* ─▶ completed | incomplete | failed
/// ```
package struct ResponsesStream: AnswerWriter {
    /// When the answer was whole, in seconds since 1970; to be set before ``finish(into:)`` by who has a clock.
    package var completedAt: Int?
    /// The response object that the stream ended with, for the store; `nil` until it has ended.
    package private(set) var response: ByteBuffer?
    /// The names of a call's functions, what is repeated, what is wanted.
    let request: ResponsesRequest
    let identity: AnswerIdentity
    var frames: EventFrames
    var items: [OutputItem] = []
    /// The place of the reasoning or message that is open.
    var open: Int?
    /// The place of each call, by the model's own index.
    var calls: [Int?] = []
    /// A text whose probabilities may come with the next event; only where they are wanted.
    var held: EscapedText?
    /// Members that stand in every event of the open part.
    var place = ByteBuffer()
    /// The deltas of the open part.
    var delta = DeltaFrame()
    private let object: ResponseObject
    private var reason = FinishReason.stop
    private var usage: Usage?
    private var hasBegun: Bool
    private var hasEnded = false

    /// - Parameter told: how many events its caller has had; with the first of them the stream has begun.
    package init(
        _ request: ResponsesRequest,
        identity: AnswerIdentity,
        framing: ResponsesFraming = .serverSentEvents,
        told: Int = 0
    ) {
        self.request = request
        self.identity = identity
        self.frames = EventFrames(framing, from: told)
        self.hasBegun = told > 0
        self.object = ResponseObject(request, identity)
    }

    package mutating func complete(at seconds: Int) { self.completedAt = seconds }

    package mutating func begin(into bytes: inout ByteBuffer) {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        self.writeResponse("response.created", .init(.inProgress), [], into: &bytes)
        self.writeResponse("response.in_progress", .init(.inProgress), [], into: &bytes)
    }

    package mutating func write(_ event: AnswerEvent, into bytes: inout ByteBuffer) {
        switch event {
        case .text(let text, choice: 0): self.writeText(text, into: &bytes)
        case .reasoning(let text, choice: 0): self.writeReasoning(text, into: &bytes)
        case .refusal(let text, choice: 0): self.writeRefusal(text, into: &bytes)
        case .toolCall(let index, let id, let name, choice: 0):
            self.beginCall(index, id: id, name: name, into: &bytes)
        case .toolArguments(let text, let index, choice: 0): self.writeArguments(text, of: index, into: &bytes)
        case .logprobs(let value, choice: 0): self.writeLogprobs(value, into: &bytes)
        case .finish(let reason, choice: 0):
            self.reason = reason
            self.closeAll(.init(reason), into: &bytes)
        case .usage(let usage): self.usage = usage
        // This dialect has one answer only.
        case .text, .reasoning, .refusal, .toolCall, .toolArguments, .logprobs, .finish: break
        }
    }

    package mutating func finish(into bytes: inout ByteBuffer) {
        guard !self.hasEnded else { return }
        self.closeAll(.init(self.reason), into: &bytes)
        var state = ResponseObject.State(self.reason)
        state.usage = self.usage
        state.completedAt = state.status == .completed ? self.completedAt : nil
        self.writeEnd(state.status == .completed ? "response.completed" : "response.incomplete", state, into: &bytes)
    }

    package mutating func fail(_ error: GatewayError, into bytes: inout ByteBuffer) {
        guard !self.hasEnded else { return }
        // Codex reads why a stream has failed in its response, and nowhere else.
        self.begin(into: &bytes)
        // What is open is not told as done: a client would run a call of which half is missing.
        self.releaseText(into: &bytes)
        for index in self.items.indices where self.items[index].status == .inProgress {
            self.items[index].status = .incomplete
        }
        var state = ResponseObject.State(.failed)
        state.error = ResponseObject.error(error, code: error.reason)
        self.writeEnd("response.failed", state, into: &bytes)
    }

    package mutating func keepAlive(minute: Bool, into bytes: inout ByteBuffer) {
        guard !self.hasEnded else { return }
        if minute, self.hasBegun {
            self.writeResponse("response.in_progress", .init(.inProgress), [], into: &bytes)
        } else if !self.frames.isMessages {
            bytes.writeStaticString(": keep-alive\n\n")
        }
    }

    private mutating func writeEnd(
        _ type: StaticString,
        _ state: ResponseObject.State,
        into bytes: inout ByteBuffer
    ) {
        var object = ByteBuffer()
        self.object.write(state, output: self.items, into: &object)
        self.frames.begin(type, into: &bytes)
        bytes.writeStaticString(",\"response\":")
        bytes.writeImmutableBuffer(object)
        self.frames.end(into: &bytes)
        self.response = object
        self.hasEnded = true
    }

    private mutating func writeResponse(
        _ type: StaticString,
        _ state: ResponseObject.State,
        _ output: [OutputItem],
        into bytes: inout ByteBuffer
    ) {
        self.frames.begin(type, into: &bytes)
        bytes.writeStaticString(",\"response\":")
        self.object.write(state, output: output, into: &bytes)
        self.frames.end(into: &bytes)
    }
}
