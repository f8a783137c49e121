package import NIOCore
package import Vocabulary

/// Tells an answer as a stream of Anthropic's Messages.
///
/// The grammar has one block open at a time, but calls of tools may take turns. What cannot be told yet waits, in order:
///
/// ```
///            begin      block ─▶ delta* ─▶ stop                      finish
/// message_start ─▶ ( content_block_start, _delta, _stop )* ─▶ message_delta ─▶ message_stop
/// ```
/// A block that says something is over when another one begins; a call is over when its arguments are a whole object, or
/// when the answer is. Arguments are told when they are whole, since the SDKs lose an answer over broken ones; Anthropic's
/// own API holds them back too, unless the tool wants them eagerly.
package struct MessagesStream: AnswerWriter, Sendable {
    /// What a block of text is.
    enum Kind: Hashable, Sendable {
        case thinking
        case text
    }

    enum Block: Hashable, Sendable {
        case said(Kind)
        /// A call, by its index.
        case call(Int)
    }

    struct Call: Sendable {
        var id: String
        var name: EscapedText
        var isEager: Bool
        var arguments = GatheredArguments()
    }

    let identity: AnswerIdentity
    let display: MessagesRequest.ThinkingDisplay
    private let eagerTools: Set<String>
    var calls: [Call] = []
    /// The block whose start was told and whose stop was not.
    private(set) var open: Block?
    /// The number of the open block, or of the next one.
    var position = 0
    /// The beginning of each delta of the open block, if it is one that says something.
    var deltaStart = ByteBuffer()
    /// The blocks that come next, with what they say so far; a call's arguments are with the call.
    private var waiting: [(block: Block, text: EscapedText)] = []
    /// Spaces at a block's beginning: models put them around their reasoning and calls, where they would be a block of nothing.
    private var space: (kind: Kind, text: EscapedText)?
    /// The first half of an escaped pair of surrogates, whose other half comes with the open block's next piece.
    private var half = EscapedText()
    private var reason = FinishReason.stop
    private var hasRefused = false
    private var usage: Usage?
    /// How many pieces came, which is about how many tokens: told when the server does not count.
    private var pieces = 0
    private var isOver = false

    package init(_ request: MessagesRequest, identity: AnswerIdentity) {
        self.identity = identity
        self.display = request.thinkingDisplay
        self.eagerTools = request.eagerTools
    }

    package mutating func write(_ event: AnswerEvent, into bytes: inout ByteBuffer) {
        guard !self.isOver else { return }
        switch event {
        case .text(let text, choice: 0):
            self.say(text, as: .text, into: &bytes)
        case .reasoning(let text, choice: 0):
            guard self.display != .none else { return self.pieces += 1 }
            self.say(text, as: .thinking, into: &bytes)
        case .refusal(let text, choice: 0):
            self.hasRefused = true
            self.say(text, as: .text, into: &bytes)
        case .toolCall(let index, let id, let name, choice: 0):
            let isEager = !self.eagerTools.isEmpty && name.unescaped.map(self.eagerTools.contains) == true
            guard index == self.calls.count else { return }
            self.calls.append(Call(id: id, name: name, isEager: isEager))
            self.put(.call(index), EscapedText(), into: &bytes)
        case .toolArguments(let piece, let index, choice: 0):
            guard self.calls.indices.contains(index) else { return }
            self.take(piece, of: index, into: &bytes)
        case .finish(let reason, choice: 0): self.reason = reason
        case .usage(let usage): self.usage = usage
        // A caller of this API gets one answer, and no probabilities.
        case .text, .reasoning, .refusal, .toolCall, .toolArguments, .finish, .logprobs: break
        }
    }

    package mutating func finish(into bytes: inout ByteBuffer) {
        guard !self.isOver else { return }
        self.isOver = true
        if let space, space.kind == .text, self.position == 0, self.open == nil {
            self.begin(.said(.text), space.text, &bytes)
        }
        self.end(into: &bytes)
        while !self.waiting.isEmpty {
            self.beginNext(into: &bytes)
            self.end(into: &bytes)
        }
        let stop = StopReason(self.reason, hasCalls: !self.calls.isEmpty, hasRefused: self.hasRefused)
        bytes.writeMessageEnd(stop, usage: self.usage, pieces: self.pieces)
    }

    package mutating func fail(_ error: GatewayError, into bytes: inout ByteBuffer) {
        guard !self.isOver else { return }
        self.isOver = true
        bytes.writeStaticString("event: error\ndata: ")
        bytes.writeAnthropicError(error, requestID: "req_" + self.identity.digits)
        bytes.writeStaticString("\n\n")
    }

    /// Both kinds of patience are fed by a ping, which is an event of this dialect.
    package mutating func keepAlive(minute: Bool, into bytes: inout ByteBuffer) {
        guard !self.isOver else { return }
        bytes.writeStaticString(Anthropic.ping)
    }
}

// MARK: The order of the blocks

extension MessagesStream {
    private mutating func say(_ text: EscapedText, as kind: Kind, into bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        self.pieces += 1
        if self.open == .said(kind), self.waiting.isEmpty { return self.tell(text, into: &bytes) }
        if let last = self.waiting.last, last.block == .said(kind) {
            return self.waiting[self.waiting.count - 1].text.append(text)
        }
        var whole = EscapedText()
        if let space, space.kind == kind { whole = space.text }
        whole.append(text)
        if text.isSpace {
            self.space = (kind, whole)
        } else {
            self.put(.said(kind), whole, into: &bytes)
        }
    }

    /// Tells a piece of the open block. Servers in JavaScript cut texts inside characters, and half a one breaks Python's.
    private mutating func tell(_ text: EscapedText, into bytes: inout ByteBuffer) {
        guard !self.half.isEmpty || text.endsInHalfPair else { return self.writeDelta(text, into: &bytes) }
        var whole = self.half
        whole.append(text)
        self.half = whole.removeHalfPair() ?? EscapedText()
        if !whole.isEmpty { self.writeDelta(whole, into: &bytes) }
    }

    private mutating func take(_ piece: EscapedText, of index: Int, into bytes: inout ByteBuffer) {
        self.pieces += 1
        if self.open == .call(index), self.calls[index].isEager {
            self.calls[index].arguments.check(piece)
            if !piece.isEmpty { bytes.writeInputDelta(piece, position: self.position) }
        } else {
            self.calls[index].arguments.append(piece)
        }
        self.advance(into: &bytes)
    }

    /// Begins a block, or lets it wait until its turn.
    private mutating func put(_ block: Block, _ text: EscapedText, into bytes: inout ByteBuffer) {
        self.space = nil
        self.waiting.append((block, text))
        self.advance(into: &bytes)
    }

    private mutating func advance(into bytes: inout ByteBuffer) {
        while !self.waiting.isEmpty, self.mayEnd {
            self.end(into: &bytes)
            self.beginNext(into: &bytes)
        }
    }

    /// Whether nothing can be added to the open block when something else has come.
    private var mayEnd: Bool {
        if case .call(let index) = self.open { self.calls[index].arguments.isComplete } else { true }
    }

    private mutating func beginNext(into bytes: inout ByteBuffer) {
        let next = self.waiting.removeFirst()
        self.begin(next.block, next.text, &bytes)
    }

    private mutating func begin(_ block: Block, _ text: EscapedText, _ bytes: inout ByteBuffer) {
        self.open = block
        self.writeStart(of: block, into: &bytes)
        switch block {
        case .said: self.tell(text, into: &bytes)
        case .call(let index):
            guard self.calls[index].isEager, !self.calls[index].arguments.text.isEmpty else { return }
            bytes.writeInputDelta(self.calls[index].arguments.text, position: self.position)
            self.calls[index].arguments.removeText()
        }
    }

    private mutating func end(into bytes: inout ByteBuffer) {
        guard let block = self.open else { return }
        if !self.half.isEmpty { self.writeDelta(EscapedText("\u{FFFD}"), into: &bytes) }
        self.half = EscapedText()
        self.writeStop(of: block, into: &bytes)
        if case .call(let index) = block { self.calls[index].arguments.removeText() }
        self.open = nil
        self.position += 1
    }
}
