private import FoundationEssentials
import NIOCore
import Vocabulary

/// Reads OpenAI's `usage` object; once per call, so a decoder may do it.
enum UsageReader {
    private struct Reported: Decodable {
        enum CodingKeys: CodingKey {
            case promptTokens
            case completionTokens
            case reasoningTokens
            case promptTokensDetails
            case completionTokensDetails
        }

        struct Details: Decodable {
            var cachedTokens: Int?
            var reasoningTokens: Int?
        }

        var promptTokens: Int?
        var completionTokens: Int?
        var reasoningTokens: Int?
        var promptTokensDetails: Details?
        var completionTokensDetails: Details?

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            self.promptTokens = try values.decodeIfPresent(Int.self, forKey: .promptTokens)
            self.completionTokens = try values.decodeIfPresent(Int.self, forKey: .completionTokens)
            // What is said besides in another form is no reason to lose the two numbers.
            self.reasoningTokens = try? values.decode(Int.self, forKey: .reasoningTokens)
            self.promptTokensDetails = try? values.decode(Details.self, forKey: .promptTokensDetails)
            self.completionTokensDetails = try? values.decode(Details.self, forKey: .completionTokensDetails)
        }
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
