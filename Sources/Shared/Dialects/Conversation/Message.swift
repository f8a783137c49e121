/// One turn of a conversation.
package enum Message: Hashable, Sendable {
    /// What the operator of the caller's program says.
    case system(String)
    case user([Part])
    case assistant(AssistantTurn)
    /// What a tool answered; follows the assistant's turn that called it.
    case toolResult(ToolResult)
}

extension Message {
    /// A piece of what a person or a tool says.
    package enum Part: Hashable, Sendable {
        case text(String)
        /// An image as a `data:` URL.
        case image(url: String, detail: String?)
        /// An image that somebody must fetch before the model can see it: no local model server is asked to. The
        /// parameter is the field that names it.
        case linkedImage(url: String, detail: String?, parameter: String)
        /// Sound in base64; the format is `wav` or `mp3`.
        case audio(data: String, format: String)
        /// A file as a `data:` URL.
        case file(data: String, name: String?)
    }

    /// What the model said, as one message.
    package struct AssistantTurn: Hashable, Sendable {
        package var text = ""
        package var reasoning = ""
        package var refusal: String?
        package var toolCalls: [ToolCall] = []

        package init() {}

        package var isEmpty: Bool {
            self.text.isEmpty && self.reasoning.isEmpty && self.refusal == nil && self.toolCalls.isEmpty
        }
    }

    package struct ToolCall: Hashable, Sendable {
        package var id: String
        package var name: String
        /// A JSON text.
        package var arguments: String

        package init(id: String, name: String, arguments: String) {
            self.id = id
            self.name = name
            self.arguments = arguments
        }
    }

    package struct ToolResult: Hashable, Sendable {
        /// The id of the call that it answers.
        package var callID: String
        package var parts: [Part]
        package var isError: Bool

        package init(callID: String, parts: [Part], isError: Bool = false) {
            self.callID = callID
            self.parts = parts
            self.isError = isError
        }
    }
}

extension Message.Part {
    /// An image by its URL: in itself, or an address on the web. `nil` for every other URL.
    /// - Parameter parameter: the field that holds the URL.
    static func image(at url: String, detail: String?, parameter: String) -> Message.Part? {
        switch url.prefix(8).lowercased() {
        case let start where start.hasPrefix("data:"): .image(url: url, detail: detail)
        case let start where start.hasPrefix("http://") || start == "https://":
            .linkedImage(url: url, detail: detail, parameter: parameter)
        default: nil
        }
    }
}

extension Message {
    /// The parts that a person or a tool says.
    var parts: [Part] {
        get {
            switch self {
            case .user(let parts): parts
            case .toolResult(let result): result.parts
            case .system, .assistant: []
            }
        }
        set {
            switch self {
            case .user: self = .user(newValue)
            case .toolResult(var result):
                result.parts = newValue
                self = .toolResult(result)
            case .system, .assistant: break
            }
        }
    }
}
