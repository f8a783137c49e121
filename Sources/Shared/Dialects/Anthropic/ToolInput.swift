import NIOCore

/// A tool call's arguments as this dialect wants them: a JSON object, whatever the model wrote.
enum ToolInput {
    /// The text of the object that stands for what the model wrote.
    ///
    /// An object is left as it is. Nothing becomes `{}`, an object inside a string that object, another value
    /// `{"value": …}`, and what is no JSON `{"_raw": "…"}`: the caller's program refuses it and the model can try again,
    /// while SDKs raise an error over broken JSON and lose the whole answer.
    static func object(of arguments: String) -> String {
        guard !arguments.allSatisfy(\.isWhitespace) else { return "{}" }
        guard let value = try? JSONValue(reading: arguments) else {
            return JSONValue.object(JSONObject([("_raw", .string(arguments))])).text
        }
        switch value {
        case .object: return arguments
        case .null: return "{}"
        case .string(let text):
            if case .object? = try? JSONValue(reading: text) { return text }
            return JSONValue.object(JSONObject([("value", value)])).text
        case .bool, .number, .array: return JSONValue.object(JSONObject([("value", value)])).text
        }
    }
}

/// The arguments of a streamed call as they come, checked on the way.
struct GatheredArguments: Sendable {
    private(set) var text = EscapedText()
    private var scanner = JSONScanner()
    private var outermost = Outermost()

    mutating func append(_ piece: EscapedText) {
        self.text.append(piece)
        self.check(piece)
    }

    /// Takes note of a piece that was told already.
    mutating func check(_ piece: EscapedText) {
        guard piece.bytes.readableBytesView.contains(UInt8(ascii: "\\")) else {
            return self.scanner.scan(piece.bytes, &self.outermost)
        }
        // Half of an escaped pair at a piece's end is U+FFFD here: a character too, as far as JSON goes. A zero is none.
        self.scanner.scan(ByteBuffer(string: piece.unescaped ?? "\0"), &self.outermost)
    }

    mutating func removeText() { self.text = EscapedText() }

    /// Whether they are a whole object, to which nothing can be added.
    var isComplete: Bool {
        if case .done = self.scanner.state { self.scanner.fault == nil && self.outermost.isObject } else { false }
    }

    /// The object that is told when nothing follows any more.
    var object: EscapedText {
        if self.isComplete { return self.text }
        // Escapes that are none cannot be told in any way; the text of such a call is lost.
        return EscapedText(ToolInput.object(of: self.text.unescaped ?? ""))
    }

    private struct Outermost: JSONScannerDelegate, Sendable {
        var isObject = false

        mutating func begin(key: Span<UInt8>, depth: Int, kind: JSONScanner.Kind, at offset: Int) -> Bool {
            if depth == 0 { self.isObject = kind == .object }
            return false
        }

        mutating func end(depth: Int, at offset: Int, text: [UInt8]?) {}
        mutating func element(depth: Int) {}
    }
}
