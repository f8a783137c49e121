import NIOCore
import StreamCheckers
import TestSupport

/// A stream of server-sent events that have names, as Anthropic's and OpenAI's Responses have them.
struct NamedEvents {
    /// Name and data of each event, in order.
    private(set) var events: [(name: String, data: JSONValue)] = []
    private(set) var comments = 0

    /// Throws for what is no whole event with a name, for one whose `type` is another than its name, and for a stream from its
    /// beginning that breaks its dialect's grammar.
    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n\n") else { throw ProgramFailure("unfinished: \(text.suffix(80))") }
        for block in text.split(separator: "\n\n") {
            if block.hasPrefix(":") {
                self.comments += 1
                continue
            }
            let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count == 2, lines[0].hasPrefix("event: "), lines[1].hasPrefix("data: ") else {
                throw ProgramFailure("not an event with a name: \(block)")
            }
            let name = String(lines[0].dropFirst("event: ".count))
            let data = try JSONValue(String(lines[1].dropFirst("data: ".count)))
            guard data["type"].string == name else { throw ProgramFailure("\(name) says that it is \(data["type"])") }
            self.events.append((name, data))
        }
        let faults =
            switch self.events.first?.name {
            case "message_start"?: MessagesStreamChecker(ByteBuffer(string: text)).problems
            case "response.created"?: ResponsesStreamChecker(ByteBuffer(string: text)).faults
            default: [String]()
            }
        guard faults.isEmpty else { throw ProgramFailure("\(faults): \(text)") }
    }

    var names: [String] { self.events.map(\.name) }
    var last: JSONValue { self.events.last?.data ?? .null }

    func first(_ name: String) -> JSONValue { self.events.first { $0.name == name }?.data ?? .null }

    func all(_ name: String) -> [JSONValue] { self.events.filter { $0.name == name }.map(\.data) }
}
