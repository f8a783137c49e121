private import FoundationEssentials
import NIOCore
import Vocabulary

/// Reads OpenAI's `usage` object; once per call, so a decoder may do it.
enum UsageReader {
    private struct Reported: Decodable {
        struct Details: Decodable {
            var cachedTokens: Int?
            var reasoningTokens: Int?
        }

        var promptTokens: Int?
        var completionTokens: Int?
        var reasoningTokens: Int?
        var promptTokensDetails: Details?
        var completionTokensDetails: Details?
    }

    /// - Parameter range: where the object stands, from the first readable byte.
    static func read(_ body: ByteBuffer, _ range: Range<Int>) -> Usage? {
        guard let bytes = body.getBytes(at: body.readerIndex + range.lowerBound, length: range.count) else {
            return nil
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let reported = try? decoder.decode(Reported.self, from: Data(bytes)) else { return nil }
        guard reported.promptTokens != nil || reported.completionTokens != nil else { return nil }
        return Usage(
            input: max(0, reported.promptTokens ?? 0),
            cachedInput: max(0, reported.promptTokensDetails?.cachedTokens ?? 0),
            output: max(0, reported.completionTokens ?? 0),
            // SGLang says it beside the details.
            reasoning: max(0, reported.completionTokensDetails?.reasoningTokens ?? reported.reasoningTokens ?? 0)
        )
    }
}
