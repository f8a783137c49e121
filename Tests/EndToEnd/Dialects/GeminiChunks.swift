import NIOCore
import StreamCheckers
import TestSupport

/// A stream of Gemini's, as events or as one array.
struct GeminiChunks {
    private(set) var chunks: [JSONValue] = []

    /// Throws for what breaks the grammar of such streams.
    init(_ text: String) throws {
        let isArray = text.drop(while: { $0.isNewline }).first == "["
        _ = try GeminiStreamCheck(ByteBuffer(string: text), isArray: isArray)
        self.chunks =
            if isArray {
                try JSONValue(text).array ?? []
            } else {
                try text.split(separator: "\n").map { try JSONValue(String($0.dropFirst("data: ".count))) }
            }
    }
}
