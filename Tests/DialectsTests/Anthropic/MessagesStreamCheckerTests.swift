import Foundation
import NIOCore
import StreamCheckers
import Testing

@testable import Dialects

/// The checker itself finds what is wrong.
@Suite("The checker of Messages streams")
struct MessagesStreamCheckerTests {
    private func whole() throws -> String {
        let call = AnswerEvent.toolCall(index: 0, id: "c", name: EscapedText("f"), choice: 0)
        let events: [AnswerEvent] = [
            .reasoning(EscapedText("a"), choice: 0), .text(EscapedText("b"), choice: 0), call,
        ]
        return String(buffer: MessagesStream.told(events, to: try MessagesRequest(with: [:])))
    }

    @Test("a right stream has no problems")
    func right() throws { #expect(MessagesStreamChecker(ByteBuffer(string: try self.whole())).problems.isEmpty) }

    @Test(
        "what is changed in one place is found",
        arguments: [
            ("event: message_stop\n", ""), ("\"index\":1", "\"index\":2"), ("text_delta", "thinking_delta"),
            ("\"content\":[]", "\"content\":null"), ("\"output_tokens\":2", "\"o\":2"),
            ("\"input\":{}", "\"input\":null"),
            ("\"partial_json\":\"{}\"", "\"partial_json\":\"{\""),
            ("\"stop_reason\":\"tool_use\"", "\"stop_reason\":null"),
            ("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n", ""),
            ("signature_delta", "thinking_delta"), ("event: ping", ": ping"), ("\"index\":0}\n\n", "\"index\":0}\n"),
            ("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", ""), ("message_start", "message_begin"),
        ]
    )
    func wrong(_ old: String, _ new: String) throws {
        let text = try self.whole()
        let place = try #require(text.range(of: old))
        let changed = text.replacingCharacters(in: place, with: new)
        #expect(!MessagesStreamChecker(ByteBuffer(string: changed)).problems.isEmpty)
    }
}
