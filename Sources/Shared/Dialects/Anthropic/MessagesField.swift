import Vocabulary

/// A value of a Messages request and the way to it, so that whatever is wrong with it can be named.
struct MessagesField {
    /// The way from the body to a value; made into words only when something is wrong.
    indirect enum Path {
        case body
        case member(Path, String)
        case element(Path, Int)

        /// As Anthropic writes it: `messages.0.content.1.source`.
        var words: String {
            switch self {
            case .body: ""
            case .member(.body, let key): key
            case .member(let parent, let key): "\(parent.words).\(key)"
            case .element(let parent, let index): "\(parent.words).\(index)"
            }
        }
    }

    let value: JSONValue
    let path: Path

    init(_ value: JSONValue, _ path: Path = .body) {
        self.value = value
        self.path = path
    }

    /// A member of an object; `nil` when it is missing or null.
    subscript(key: String) -> MessagesField? {
        self.value[key].map { MessagesField($0, .member(self.path, key)) }
    }

    /// A member that must be there.
    func member(_ key: String) throws(GatewayError) -> MessagesField {
        guard let field = self[key] else { throw MessagesField(.null, .member(self.path, key)).fault("is required") }
        return field
    }

    /// What is wrong with this value; the words follow its path, as the body of this dialect's errors names no field.
    func fault(_ reason: String) -> GatewayError {
        let path = self.path.words
        guard !path.isEmpty else { return GatewayError(.invalidRequest, "The body \(reason).") }
        return GatewayError(.invalidRequest, "\(path): \(reason).", parameter: path)
    }
}

extension MessagesField {
    func string() throws(GatewayError) -> String {
        guard let text = self.value.string else { throw self.fault("must be a string") }
        return text
    }

    func bool() throws(GatewayError) -> Bool {
        guard let bool = self.value.bool else { throw self.fault("must be true or false") }
        return bool
    }

    func int() throws(GatewayError) -> Int {
        guard let int = self.value.int else { throw self.fault("must be a whole number") }
        return int
    }

    /// A number in its own spelling.
    func number() throws(GatewayError) -> JSONValue {
        guard self.value.double?.isFinite == true else { throw self.fault("must be a number") }
        return self.value
    }

    func object() throws(GatewayError) -> JSONObject {
        guard let object = self.value.object else { throw self.fault("must be an object") }
        return object
    }

    func array() throws(GatewayError) -> [MessagesField] {
        guard let values = self.value.array else { throw self.fault("must be an array") }
        return values.enumerated().map { MessagesField($0.element, .element(self.path, $0.offset)) }
    }

    /// The word that says of what type an object is.
    func type() throws(GatewayError) -> String {
        _ = try self.object()
        return try self.member("type").string()
    }

    /// The refusal of a type that is not known, or not to be had from a model server behind Chat.
    func unknownType(_ type: String) -> GatewayError {
        MessagesField(.null, .member(self.path, "type")).fault("\"\(type)\" is not supported here")
    }
}
