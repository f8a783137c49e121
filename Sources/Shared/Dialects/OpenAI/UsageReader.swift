import NIOCore
import Vocabulary

/// Reads OpenAI's `usage` object where it stands in a longer text; once per call.
enum UsageReader {
    /// - Parameter range: where the object stands, from the first readable byte.
    static func read(_ body: ByteBuffer, _ range: Range<Int>) -> Usage? {
        guard let bytes = body.getSlice(at: body.readerIndex + range.lowerBound, length: range.count),
            let value = try? JSONValue(reading: bytes)
        else { return nil }
        return Usage(chat: value)
    }
}
