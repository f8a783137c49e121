import Vocabulary

/// The members of one object of a request, found by either spelling of their names.
///
/// Google's own SDKs mix `camelCase` and `snake_case` within one request, and its servers read both, as protocol buffers'
/// JSON does. Objects of the caller's own making (a call's `args`, a result's `response`, schemas) are never read this way.
struct GeminiFields {
    let object: JSONObject
    /// Where the object stands in the request, such as `contents[0].parts[1]`; empty for the request itself.
    let path: String

    init(_ object: JSONObject, at path: String) {
        self.object = object
        self.path = path
    }

    /// Refuses everything that is not an object.
    init(_ value: JSONValue, at path: String) throws(GatewayError) {
        guard let object = value.object else { throw .gemini("must be an object", at: path) }
        self.init(object, at: path)
    }

    /// The member of that name in camel case; `nil` when it is missing or null.
    subscript(name: String) -> JSONValue? {
        let member = self.object.members.last { Self.isSpelling($0.key, of: name) }
        guard let value = member?.value, !value.isNull else { return nil }
        return value
    }

    /// Where a member stands in the request.
    func path(_ name: String) -> String {
        self.path.isEmpty ? name : "\(self.path).\(name)"
    }

    /// Whether a key is the name itself or its snake case.
    static func isSpelling(_ key: String, of name: String) -> Bool {
        var rest = key.utf8.makeIterator()
        for letter in name.utf8 {
            guard var byte = rest.next() else { return false }
            if byte == UInt8(ascii: "_"), (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter) {
                guard let next = rest.next(), (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(next) else {
                    return false
                }
                byte = next - 0x20
            }
            guard byte == letter else { return false }
        }
        return rest.next() == nil
    }
}

extension GeminiFields {
    func fields(_ name: String) throws(GatewayError) -> GeminiFields? {
        guard let value = self[name] else { return nil }
        return try GeminiFields(value, at: self.path(name))
    }

    func string(_ name: String) throws(GatewayError) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.string else { throw .gemini("must be a string", at: self.path(name)) }
        return text
    }

    func bool(_ name: String) throws(GatewayError) -> Bool? {
        guard let value = self[name] else { return nil }
        guard let bool = value.bool else { throw .gemini("must be true or false", at: self.path(name)) }
        return bool
    }

    /// A number in its own spelling.
    func number(_ name: String) throws(GatewayError) -> JSONValue? {
        guard let value = self[name] else { return nil }
        guard value.double != nil else { throw .gemini("must be a number", at: self.path(name)) }
        return value
    }

    /// A whole number; protocol buffers' JSON also writes large ones as strings.
    func int(_ name: String) throws(GatewayError) -> Int? {
        guard let value = self[name] else { return nil }
        guard let int = value.int ?? value.string.flatMap({ Int($0) }) else {
            throw .gemini("must be a whole number", at: self.path(name))
        }
        return int
    }

    /// A whole number within a range.
    func int(_ name: String, in range: ClosedRange<Int>) throws(GatewayError) -> Int? {
        guard let int = try self.int(name) else { return nil }
        guard range.contains(int) else {
            let most = range.upperBound == .max ? "" : " and at most \(range.upperBound)"
            throw .gemini("must be at least \(range.lowerBound)\(most)", at: self.path(name))
        }
        return int
    }

    /// The elements of an array; a single object stands for an array of one.
    func list(_ name: String) throws(GatewayError) -> [GeminiFields] {
        guard let value = self[name] else { return [] }
        if let object = value.object { return [GeminiFields(object, at: self.path(name))] }
        guard let values = value.array else { throw .gemini("must be an array", at: self.path(name)) }
        var list: [GeminiFields] = []
        list.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            list.append(try GeminiFields(value, at: "\(self.path(name))[\(index)]"))
        }
        return list
    }

    func strings(_ name: String) throws(GatewayError) -> [String] {
        guard let value = self[name] else { return [] }
        guard let values = value.array else { throw .gemini("must be an array of strings", at: self.path(name)) }
        var strings: [String] = []
        for (index, value) in values.enumerated() {
            guard let text = value.string else { throw .gemini("must be a string", at: "\(self.path(name))[\(index)]") }
            strings.append(text)
        }
        return strings
    }
}

extension GatewayError {
    /// What is wrong with a field of the request, which the message names too.
    static func gemini(_ fault: String, at path: String) -> GatewayError {
        GatewayError(
            .invalidRequest,
            path.isEmpty ? "The request \(fault)." : "`\(path)` \(fault).",
            parameter: path.isEmpty ? nil : path
        )
    }
}
