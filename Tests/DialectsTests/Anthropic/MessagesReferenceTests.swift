import NIOCore
import Testing
import Vocabulary

@testable import Dialects

/// Requests and whole answers on disk, and what becomes of them.
@Suite("Messages to and from Chat")
struct MessagesReferenceTests {
    @Test(
        "a request becomes the Chat request on disk",
        arguments: MessagesReferences.names("Requests", ".messages.json")
    )
    func request(_ name: String) throws {
        let body = try JSONValue(reading: MessagesReferences.input(name + ".messages.json", in: "Requests"))
        let request = try MessagesRequest(reading: body)
        let chat = ChatRequestWriter(model: "local").body(request.conversation)
        let text = String(buffer: chat)
        #expect(
            text + "\n" == (try MessagesReferences.expected(name + ".chat.json", in: "Requests", given: text + "\n"))
        )
    }

    @Test("an answer becomes the message on disk", arguments: MessagesReferences.names("Replies", ".chat.json"))
    func reply(_ name: String) throws {
        let request = try MessagesRequest(reading: MessagesRequest.hello)
        let chat = try MessagesReferences.input(name + ".chat.json", in: "Replies")
        let identity = MessagesReferences.identity
        let reply = try ChatReply.read(chat, to: request.conversation, identity: identity)
        let bytes = Anthropic.reply(reply, to: request, identity: identity)
        let text = String(buffer: bytes)
        #expect((try? JSONValue(reading: bytes))?["type"] == "message")
        #expect(
            text + "\n" == (try MessagesReferences.expected(name + ".messages.json", in: "Replies", given: text + "\n"))
        )
    }
}
