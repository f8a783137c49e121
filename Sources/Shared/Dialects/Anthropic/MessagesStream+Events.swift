package import NIOCore
import Vocabulary

extension MessagesStream {
    package mutating func begin(into bytes: inout ByteBuffer) {
        bytes.writeStaticString("event: message_start\ndata: {\"type\":\"message_start\",\"message\":")
        bytes.writeMessageHead(self.identity)
        // Nobody counted yet; the exact figures overwrite these at the end.
        bytes.writeStaticString("],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":0,")
        bytes.writeStaticString(
            "\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":0}}}\n\n"
        )
        bytes.writeStaticString(Anthropic.ping)
    }

    mutating func writeStart(of block: Block, into bytes: inout ByteBuffer) {
        bytes.writeStaticString("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
        bytes.writeString(String(self.position))
        bytes.writeStaticString(",\"content_block\":")
        switch block {
        case .said(.text):
            bytes.writeStaticString("{\"type\":\"text\",\"text\":\"\"}")
            self.deltaStart = .deltaStart("{\"type\":\"text_delta\",\"text\":\"", position: self.position)
        case .said(.thinking):
            bytes.writeStaticString("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}")
            self.deltaStart = .deltaStart("{\"type\":\"thinking_delta\",\"thinking\":\"", position: self.position)
        case .call(let index):
            bytes.writeStaticString("{\"type\":\"tool_use\",\"id\":")
            bytes.writeJSONString(self.calls[index].id)
            bytes.writeStaticString(",\"name\":")
            bytes.writeJSONString(self.calls[index].name)
            bytes.writeStaticString(",\"input\":{}}")
        }
        bytes.writeStaticString("}\n\n")
    }

    /// A piece of the open block, which says something: this is what streams are made of.
    func writeDelta(_ text: EscapedText, into bytes: inout ByteBuffer) {
        if self.display == .omitted, self.open == .said(.thinking) { return }
        bytes.writeImmutableBuffer(self.deltaStart)
        bytes.writeImmutableBuffer(text.bytes)
        bytes.writeStaticString("\"}}\n\n")
    }

    func writeStop(of block: Block, into bytes: inout ByteBuffer) {
        switch block {
        case .said(.text): break
        case .said(.thinking):
            let signature = ThinkingSignature.text(self.identity, position: self.position)
            var delta = ByteBuffer.deltaStart("{\"type\":\"signature_delta\",\"signature\":\"", position: self.position)
            bytes.writeBuffer(&delta)
            bytes.writeString(signature)
            bytes.writeStaticString("\"}}\n\n")
        case .call(let index) where !self.calls[index].isEager:
            for piece in self.calls[index].arguments.object.pieces(atMost: Self.longestInput) {
                bytes.writeInputDelta(piece, position: self.position)
            }
        case .call: break
        }
        bytes.writeStaticString("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
        bytes.writeString(String(self.position))
        bytes.writeStaticString("}\n\n")
    }

    /// The most of a call's arguments that one event has: some clients read lines of 64 KiB to 1 MiB only.
    static let longestInput = 32_768
}

/// What stands in a thinking block's `signature`.
enum ThinkingSignature {
    /// Not empty, since clients drop blocks without one, and letters that base64 has. It means nothing when it comes back.
    static func text(_ identity: AnswerIdentity, position: Int) -> String {
        let number = String(position)
        return "adit" + identity.digits + String(repeating: "0", count: max(0, 4 - number.count)) + number
    }
}

extension ByteBuffer {
    /// The beginning of an event `content_block_delta` up to where the text stands.
    static func deltaStart(_ delta: StaticString, position: Int) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeStaticString("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
        bytes.writeString(String(position))
        bytes.writeStaticString(",\"delta\":")
        bytes.writeStaticString(delta)
        return bytes
    }

    mutating func writeInputDelta(_ piece: EscapedText, position: Int) {
        var start = ByteBuffer.deltaStart("{\"type\":\"input_json_delta\",\"partial_json\":\"", position: position)
        self.writeBuffer(&start)
        self.writeImmutableBuffer(piece.bytes)
        self.writeStaticString("\"}}\n\n")
    }

    /// The last two events of a stream.
    mutating func writeMessageEnd(_ stop: StopReason, usage: Usage?, pieces: Int) {
        self.writeStaticString("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{")
        self.writeStop(stop)
        self.writeStaticString("},\"usage\":{")
        if let usage { self.writeUsage(usage) } else { self.writeString("\"output_tokens\":\(pieces)") }
        self.writeStaticString("}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
    }
}
