import Vocabulary

/// What the demo model understands of a request.
struct DemoRequest: Equatable {
    /// What is asked for.
    enum Task: Equatable {
        case chat(prompt: String)
        case completion(prompt: String)
        case embeddings(inputs: [String], dimensions: Int, asBase64: Bool)
    }

    /// Why a request is not answered: the message of a 400.
    struct Fault: Error, Equatable {
        var message: String
        var parameter: String?
    }

    var task: Task
    var model: String
    var isStreamed = false
    var includesUsage = false
    /// The most words of an answer.
    var limit: Int?
    var stops: [String] = []

    init(_ service: UpstreamService, body: some Sequence<UInt8>) throws(Fault) {
        guard let json = JSON(body), json.object != nil else {
            throw Fault(message: "The body is not a JSON object.")
        }
        self.model = json["model"]?.string ?? DemoModel.name
        switch service {
        case .chat: self.task = .chat(prompt: try Self.lastUserText(of: json))
        case .completions:
            self.task = .completion(prompt: try Self.texts(json["prompt"], "prompt").joined(separator: " "))
        case .embeddings:
            self.task = .embeddings(
                inputs: try Self.texts(json["input"], "input"),
                dimensions: try Self.positive(json["dimensions"], "dimensions", atMost: 4_096) ?? 64,
                asBase64: json["encoding_format"]?.string == "base64"
            )
        case .messages, .responses, .chatTokenCount, .messagesTokenCount, .template, .tokenizer:
            throw Fault(message: "The demo model has nothing at \(service.path).")
        }
        self.isStreamed = json["stream"]?.bool ?? false
        self.includesUsage = json["stream_options"]?["include_usage"]?.bool ?? false
        let limit = try Self.positive(json["max_tokens"], "max_tokens")
        self.limit = try Self.positive(json["max_completion_tokens"], "max_completion_tokens") ?? limit
        switch json["stop"] {
        case .string(let stop): self.stops = [stop]
        case .array(let stops): self.stops = stops.compactMap(\.string)
        default: break
        }
        self.stops.removeAll(where: \.isEmpty)
    }

    // MARK: Inside

    private static func lastUserText(of json: JSON) throws(Fault) -> String {
        guard let messages = json["messages"]?.array, !messages.isEmpty else {
            throw Fault(message: "There are no messages.", parameter: "messages")
        }
        let message = messages.last { $0["role"]?.string == "user" }
        switch message?["content"] {
        case .string(let text): return text
        case .array(let parts): return parts.compactMap { $0["text"]?.string }.joined(separator: " ")
        default: return ""
        }
    }

    /// One text or several; lists of token numbers count as the text of their digits.
    private static func texts(_ json: JSON?, _ parameter: String) throws(Fault) -> [String] {
        switch json {
        case .string(let text):
            return [text]
        case .array(let elements) where !elements.isEmpty:
            if elements.allSatisfy({ $0.int != nil }) { return [Self.text(ofTokens: elements)] }
            return elements.map { $0.string ?? Self.text(ofTokens: $0.array ?? []) }
        default:
            throw Fault(message: "There is no \(parameter).", parameter: parameter)
        }
    }

    private static func text(ofTokens tokens: [JSON]) -> String {
        tokens.compactMap(\.int).map { String($0) }.joined(separator: " ")
    }

    private static func positive(
        _ json: JSON?,
        _ parameter: String,
        atMost most: Int = .max
    ) throws(Fault) -> Int? {
        guard let json, !json.isNull else { return nil }
        guard let number = json.int, (1...most).contains(number) else {
            throw Fault(message: "\(parameter) is not a whole number from 1 up.", parameter: parameter)
        }
        return number
    }
}
