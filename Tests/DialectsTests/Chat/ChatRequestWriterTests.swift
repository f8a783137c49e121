import Dialects
import Foundation
import NIOCore
import Testing

/// The files in `Reference/Requests`: what is written for each of ``ChatConversations``.
/// With ADIT_RECORD=1 the bodies are written instead of compared; read them before you commit them.
@Suite("Chat: requests")
struct ChatRequestWriterTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Reference/Requests")

    @Test("a conversation is written as its file says", arguments: ChatConversations.all.indices)
    func request(_ index: Int) throws {
        let (name, conversation) = ChatConversations.all[index]
        let body = try JSONValue(reading: ChatRequestWriter(model: "own").body(conversation))
        let text = Self.pretty(body)
        let file = Self.folder.appending(path: "\(name).json")
        try Recording.write(text.utf8, to: file)
        #expect(text == (try String(contentsOf: file, encoding: .utf8)), "\(name)")
        for (message, next) in zip(body["messages"]?.array ?? [], (body["messages"]?.array ?? []).dropFirst()) {
            let isCall = message["tool_calls"] != nil
            #expect(!isCall || next["role"]?.string == "tool", "\(name): a call without its result behind it")
        }
    }

    /// One member or element of the outer two levels in a line.
    private static func pretty(_ body: JSONValue) -> String {
        let lines = (body.object?.members ?? []).map { member in
            guard let values = member.value.array, values.count > 1 || member.key == "messages" else {
                return "  \(JSONValue.string(member.key).text): \(member.value.text)"
            }
            let elements = values.map { "    \($0.text)" }.joined(separator: ",\n")
            return "  \(JSONValue.string(member.key).text): [\n\(elements)\n  ]"
        }
        return "{\n\(lines.joined(separator: ",\n"))\n}\n"
    }
}
