/// Puts the messages of a conversation into the order that Chat wants.
///
/// The system speaks first, in one message. Every tool call has its result, right behind the turn that made the call
/// and in the calls' order; a call that nobody answered gets a result that says so. What is no text in a result cannot
/// stand there: it goes into the user's message behind the results.
enum ChatTurns {
    static let missingResult = "[no result]"

    static func arranged(_ messages: [Message]) -> [Message] {
        let (system, rest) = Self.split(messages)
        let answers = Self.answers(in: rest)
        var turns = Turns()
        if !system.isEmpty { turns.append(.system(system.joined(separator: "\n\n"))) }
        var attachments: [Message.Part] = []
        for (index, message) in rest.enumerated() {
            switch message {
            case .toolResult(let result):
                if !answers.taken.contains(index) { turns.append(.toolResult(Self.plain(result, &attachments))) }
            case .user(let parts):
                Self.attach(&attachments, to: &turns)
                turns.say(parts)
            case .system, .assistant:
                Self.attach(&attachments, to: &turns)
                turns.append(message)
            }
            guard case .assistant(let turn) = message, !turn.toolCalls.isEmpty else { continue }
            for (call, results) in zip(turn.toolCalls, answers.results[index] ?? []) {
                for result in results { turns.append(.toolResult(Self.plain(result, &attachments))) }
                guard results.isEmpty else { continue }
                turns.append(.toolResult(.init(callID: call.id, parts: [.text(Self.missingResult)])))
            }
        }
        Self.attach(&attachments, to: &turns)
        return turns.finish()
    }

    /// The texts of some parts, one below the other, as servers put them together for templates that take strings.
    static func text(of parts: [Message.Part]) -> String {
        parts.lazy.compactMap { if case .text(let text) = $0 { text } else { nil } }.joined(separator: "\n")
    }

    // MARK: Inside

    private static func split(_ messages: [Message]) -> (system: [String], rest: [Message]) {
        var system: [String] = []
        var rest: [Message] = []
        for message in messages {
            guard case .system(let text) = message else {
                rest.append(message)
                continue
            }
            if !text.isEmpty { system.append(text) }
        }
        return (system, rest)
    }

    /// The results by the turn and the call that they answer, and where they stood. A result belongs to the last call
    /// before it that has its id; one that has no such call stays where it is.
    private static func answers(
        in messages: [Message]
    ) -> (results: [Int: [[Message.ToolResult]]], taken: Set<Int>) {
        var results: [Int: [[Message.ToolResult]]] = [:]
        var taken: Set<Int> = []
        var calls: [String: (turn: Int, call: Int)] = [:]
        for (index, message) in messages.enumerated() {
            switch message {
            case .assistant(let turn) where !turn.toolCalls.isEmpty:
                results[index] = Array(repeating: [], count: turn.toolCalls.count)
                for (place, call) in turn.toolCalls.enumerated() { calls[call.id] = (index, place) }
            case .toolResult(let result):
                guard let place = calls[result.callID] else { continue }
                results[place.turn]?[place.call].append(result)
                taken.insert(index)
            case .system, .user, .assistant:
                break
            }
        }
        return (results, taken)
    }

    /// A result that is one text.
    private static func plain(_ result: Message.ToolResult, _ attachments: inout [Message.Part]) -> Message.ToolResult {
        var texts: [String] = []
        for part in result.parts {
            switch part {
            case .text(let text):
                texts.append(text)
                continue
            case .image, .linkedImage: texts.append("[image attached below]")
            case .audio: texts.append("[audio attached below]")
            case .file: texts.append("[file attached below]")
            }
            attachments.append(part)
        }
        let text = texts.joined(separator: "\n")
        return .init(callID: result.callID, parts: [.text(result.isError ? "Error: " + text : text)])
    }

    private static func attach(_ attachments: inout [Message.Part], to turns: inout Turns) {
        guard !attachments.isEmpty else { return }
        turns.say(attachments)
        attachments = []
    }

    /// Two messages of the user behind each other are one: many templates want the roles to take turns. The one that may still
    /// grow stands beside the others, so that it grows in its place.
    private struct Turns {
        private var messages: [Message] = []
        private var said: [Message.Part]?

        mutating func append(_ message: Message) {
            self.flush()
            self.messages.append(message)
        }

        mutating func say(_ parts: [Message.Part]) {
            if self.said == nil { self.said = [] }
            self.said?.append(contentsOf: parts)
        }

        mutating func finish() -> [Message] {
            self.flush()
            return self.messages
        }

        private mutating func flush() {
            if let said { self.messages.append(.user(said)) }
            self.said = nil
        }
    }
}
