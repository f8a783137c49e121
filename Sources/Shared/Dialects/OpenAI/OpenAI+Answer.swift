package import NIOCore
package import Vocabulary

extension OpenAI {
    /// A whole answer that was found to be one.
    package struct InspectedAnswer: Sendable {
        /// The body with the public model name, as pieces that follow each other.
        package var pieces: [ByteBuffer]
        package var usage: Usage?
    }

    /// Looks at an answer that is not streamed: it must be one JSON object with what was asked for, and no error.
    /// - Parameter makesEmbeddings: whether embeddings were asked for, which stand in another member than choices.
    package static func inspectAnswer(
        _ body: ByteBuffer,
        publicModel: String,
        makesEmbeddings: Bool = false
    ) throws(GatewayError) -> InspectedAnswer {
        guard let collector = AnswerCollector(reading: body, publicModel: publicModel), collector.isObject else {
            throw GatewayError(.upstreamFailed, "The model server's answer is not a JSON object.")
        }
        guard !collector.hasError, !collector.isErrorItself else {
            let error = ChatFailure.error(in: body)
            // There was no HTTP status to be told of.
            guard error.code == .upstreamFailed else { throw error }
            throw GatewayError(
                .upstreamFailed,
                OpenAI.message(in: body) ?? "The model server answered with an error and no message."
            )
        }
        guard makesEmbeddings ? collector.hasData : collector.hasChoiceList else {
            let missing = makesEmbeddings ? "data" : "choices"
            throw GatewayError(.upstreamFailed, "The model server's answer has no list `\(missing)`.")
        }
        return InspectedAnswer(
            pieces: collector.renaming.apply(to: body),
            usage: collector.usageValue.flatMap { UsageReader.read(body, $0) }
                ?? collector.timings.flatMap { try? JSONValue(reading: body.readableSlice($0)) }
                .flatMap { Usage(timings: $0) }
        )
    }
}

/// Finds what matters in a whole answer or in one chunk of a stream.
struct AnswerCollector: JSONScannerDelegate {
    var isObject = false
    /// Gives every `model` the public name, whatever the upstream says there: who reads the first of two sees it, too.
    private var models = BodyEdits()
    private var hasModel = false
    /// Where the first member may stand.
    private var opening = 0
    private var isEmpty = true
    var usageValue: Range<Int>?
    /// Where the object `timings` stands, in which llama.cpp counts.
    var timings: Range<Int>?
    var hasError = false
    var hasChoices = false
    var choicesAreEmpty = false
    /// `choices` is a list.
    var hasChoiceList = false
    /// `data` is a list.
    var hasData = false
    private var isNamedError = false
    private let publicModel: String?
    private var key: Key?
    private var kind = JSONScanner.Kind.null
    private var start = 0
    private var count = 0

    private enum Key {
        case model
        case usage
        case timings
        case error
        case object
        case choices
        case data
    }

    /// - Parameter publicModel: the name that the answer is to carry; `nil` when nothing is to be changed.
    init(publicModel: String? = nil) {
        self.publicModel = publicModel
    }

    /// Reads a whole text; `nil` when it is no JSON.
    init?(reading text: ByteBuffer, publicModel: String? = nil) {
        self.init(publicModel: publicModel)
        var scanner = JSONScanner()
        scanner.scan(text, &self)
        guard scanner.finish(&self) == nil else { return nil }
    }

    /// The object is an error itself, as old vLLM sends it.
    var isErrorItself: Bool { self.isNamedError && !self.hasChoices }

    /// What makes the answer carry the public name; an answer without a name gets one.
    var renaming: BodyEdits {
        guard !self.hasModel, let publicModel else { return self.models }
        var name = ByteBuffer(string: "\"model\":")
        name.writeJSONString(publicModel)
        if !self.isEmpty { name.writeString(",") }
        var edits = BodyEdits()
        edits.insert(String(buffer: name), at: self.opening)
        return edits
    }

    private static func named(_ key: Span<UInt8>) -> Key? {
        switch key.count {
        case 4: key.spell("data") ? .data : nil
        case 5: key.spell("model") ? .model : key.spell("usage") ? .usage : key.spell("error") ? .error : nil
        case 6: key.spell("object") ? .object : nil
        case 7: key.spell("choices") ? .choices : key.spell("timings") ? .timings : nil
        default: nil
        }
    }

    mutating func begin(key: Span<UInt8>, depth: Int, kind: JSONScanner.Kind, at offset: Int) -> Bool {
        switch depth {
        case 0:
            self.isObject = kind == .object
            self.opening = offset + 1
        case 1:
            self.isEmpty = false
            self.key = Self.named(key)
            self.kind = kind
            self.start = offset
            self.count = 0
            return self.key == .model || self.key == .error || self.key == .object
        default: self.count += 1
        }
        return false
    }

    mutating func element(depth: Int) {
        if depth == 1 { self.count += 1 }
    }

    mutating func end(depth: Int, at offset: Int, text: [UInt8]?) {
        guard depth == 1 else { return }
        switch self.key {
        case .model:
            self.hasModel = true
            guard let publicModel, self.kind != .string || text?.elementsEqual(publicModel.utf8) != true else { break }
            self.models.replace(self.start..<offset, withJSON: publicModel)
        case .usage: if self.kind == .object { self.usageValue = self.start..<offset }
        case .timings: if self.kind == .object { self.timings = self.start..<offset }
        case .object: self.isNamedError = self.kind == .string && text?.elementsEqual("error".utf8) == true
        case .data: self.hasData = self.kind == .array
        case .error:
            switch self.kind {
            case .null, .bool(false): break
            // A text too long to be kept is not empty.
            case .string: self.hasError = text?.isEmpty != true
            case .object, .array, .number, .bool(true): self.hasError = true
            }
        case .choices:
            self.hasChoices = true
            self.hasChoiceList = self.kind == .array
            self.choicesAreEmpty = self.hasChoiceList && self.count == 0
        case nil: break
        }
        self.key = nil
    }
}
