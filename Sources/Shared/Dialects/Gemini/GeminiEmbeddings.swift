package import NIOCore
package import Vocabulary

/// A request to `embedContent` or `batchEmbedContents`, and the way to OpenAI's embeddings and back.
///
/// What a text is for (`taskType`, `title`) cannot be said to a model server and is dropped.
package struct GeminiEmbeddings: Hashable, Sendable {
    /// The texts, in their order; never empty.
    package let inputs: [String]
    package let dimensions: Int?
    /// Whether the answer is a list.
    package let isBatch: Bool

    /// - Throws: `invalidRequest`, with the path of the field that is at fault.
    package init(reading body: JSONValue, isBatch: Bool) throws(GatewayError) {
        let fields = try GeminiFields(body, at: "")
        let requests = isBatch ? try fields.list("requests") : [fields]
        guard !requests.isEmpty else { throw .gemini("must hold at least one request", at: "requests") }
        var inputs: [String] = []
        var dimensions: Int?
        for (index, request) in requests.enumerated() {
            inputs.append(try Self.text(of: request))
            let wanted = try Self.dimensions(of: request)
            guard index == 0 || wanted == dimensions else {
                throw .gemini("must be the same in every request", at: request.path("outputDimensionality"))
            }
            dimensions = wanted
        }
        self.inputs = inputs
        self.dimensions = dimensions
        self.isBatch = isBatch
    }

    /// The body of `POST /v1/embeddings`.
    package func body(model: String) -> ByteBuffer {
        var object = JSONObject([
            ("model", .string(model)), ("input", .array(self.inputs.map { .string($0) })), ("encoding_format", "float"),
        ])
        if let dimensions = self.dimensions { object["dimensions"] = JSONValue(dimensions) }
        var body = ByteBuffer()
        body.writeJSON(.object(object))
        return body
    }

    private static func dimensions(of request: GeminiFields) throws(GatewayError) -> Int? {
        if let dimensions = try request.int("outputDimensionality", in: 1 ... .max) { return dimensions }
        return try request.fields("embedContentConfig")?.int("outputDimensionality", in: 1 ... .max)
    }

    private static func text(of request: GeminiFields) throws(GatewayError) -> String {
        guard let content = request["content"] else { throw .gemini("is missing", at: request.path("content")) }
        if let text = content.string { return text }
        var texts: [String] = []
        for part in try GeminiFields(content, at: request.path("content")).list("parts") {
            guard let text = try part.string("text") else { throw .gemini("must be text", at: part.path) }
            texts.append(text)
        }
        guard !texts.isEmpty else { throw .gemini("must hold at least one part", at: request.path("content.parts")) }
        return texts.joined(separator: "\n")
    }
}

extension GeminiEmbeddings {
    /// The answer, from that of `POST /v1/embeddings`.
    /// - Throws: `upstreamFailed` when the answer is not one vector for each text.
    package func reply(_ answer: ByteBuffer) throws(GatewayError) -> ByteBuffer {
        guard let data = (try? JSONValue(reading: answer))?["data"]?.array, data.count == self.inputs.count else {
            throw Self.notVectors
        }
        var vectors: [JSONValue?] = Array(repeating: nil, count: data.count)
        for (place, element) in data.enumerated() {
            let index = element["index"]?.int ?? place
            guard vectors.indices.contains(index), vectors[index] == nil,
                let values = element["embedding"].flatMap(Self.values)
            else { throw Self.notVectors }
            vectors[index] = ["values": values]
        }
        let embeddings = vectors.compactMap { $0 }
        var body = ByteBuffer()
        body.writeJSON(self.isBatch ? ["embeddings": .array(embeddings)] : ["embedding": embeddings[0]])
        return body
    }

    private static let notVectors = GatewayError(
        .upstreamFailed,
        "The model server's answer does not hold one embedding for each text."
    )

    /// Numbers as they came, or out of base64 of little-endian 32-bit floats.
    private static func values(_ embedding: JSONValue) -> JSONValue? {
        if let values = embedding.array {
            guard values.allSatisfy({ $0.double != nil }) else { return nil }
            return embedding
        }
        guard let bytes = embedding.string.flatMap(Base64Text.standard).flatMap(Base64Text.decoded),
            bytes.count % 4 == 0
        else { return nil }
        var buffer = ByteBuffer(bytes: bytes)
        var values: [JSONValue] = []
        while let bits = buffer.readInteger(endianness: .little, as: UInt32.self) {
            let value = Float(bitPattern: bits)
            guard value.isFinite else { return nil }
            values.append(.number(value.description))
        }
        return .array(values)
    }
}
