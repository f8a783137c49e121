import Testing

@testable import Dialects

@Suite("Gemini: paths and queries")
struct GeminiPathTests {
    @Test(
        "what a path asks for",
        arguments: [
            ("/v1beta/models/gemma:generateContent", .call(.generateContent, model: "gemma")),
            ("/v1/models/gemma:streamGenerateContent", .call(.streamGenerateContent, model: "gemma")),
            ("/v1alpha/models/gemma:countTokens", .call(.countTokens, model: "gemma")),
            ("/v1beta/models/gemma:embedContent", .call(.embedContent, model: "gemma")),
            ("/v1beta/models/gemma:batchEmbedContents", .call(.batchEmbedContents, model: "gemma")),
            ("/v1/models/hf.co/a/b:Q4_K_M:generateContent", .call(.generateContent, model: "hf.co/a/b:Q4_K_M")),
            ("/v1/models/hf.co%2Fa%2Fb%3AQ4:countTokens", .call(.countTokens, model: "hf.co/a/b:Q4")),
            ("/v1/models/gemma3:4b%3AgenerateContent", .call(.generateContent, model: "gemma3:4b")),
            ("/v1/models/a/models/b:generateContent", .call(.generateContent, model: "a/models/b")),
            ("/v1/models/generateContent:generateContent", .call(.generateContent, model: "generateContent")),
            (
                "/v1/projects/p/locations/l/publishers/google/models/m:4b:generateContent",
                .call(.generateContent, model: "m:4b")
            ),
            ("/v1beta1/models/m:generateContent", .call(.generateContent, model: "m")),
            ("/v1beta1/publishers/google/models/m:countTokens", .call(.countTokens, model: "m")),
            ("/v1/publishers/google/models/m:countTokens", .call(.countTokens, model: "m")),
            ("/v1beta/models", .models),
            ("/v1beta/models/", .models),
            ("/v1/publishers/google/models", .models),
            ("/v1beta/models/gemma3:4b", .model("gemma3:4b")),
            ("/v1beta/models/hf.co/a/b", .model("hf.co/a/b")),
            ("/v1beta/models/gemma:predict", .model("gemma:predict")),
            ("/v1beta/models/gemma:GenerateContent", .model("gemma:GenerateContent")),
            ("/v1beta/models/:generateContent", .model(":generateContent")),
            ("/v1beta/models/gemma:", .model("gemma:")),
            ("/v1beta/modelsx", nil), ("/v1beta/model/gemma", nil), ("/v2/models", nil), ("/models/m", nil), ("", nil),
            ("/v1/projects/p/x", nil), ("/v1/models/a%2", nil), ("/v1/models/a%zz", nil), ("/v1/models/%ff", nil),
        ] as [(String, GeminiPath?)]
    )
    func path(text: String, expected: GeminiPath?) {
        #expect(GeminiPath(text) == expected)
    }

    @Test(
        "what a query says",
        arguments: [
            ("", .array, nil, nil), ("alt=sse", .events, nil, nil), ("key=1&alt=sse", .events, nil, nil),
            ("alt=json", .array, nil, nil), ("%24alt=sse", .events, nil, nil), ("alt", .array, nil, nil),
            ("pageSize=5&pageToken=hf.co%2Fa%3Ab", .array, 5, "hf.co/a:b"),
            ("pageSize=0&pageToken=", .array, nil, nil), ("page_size=x", .array, nil, nil),
        ] as [(String, GeminiStream.Framing, Int?, String?)]
    )
    func query(text: String, framing: GeminiStream.Framing, pageSize: Int?, pageToken: String?) {
        let query = GeminiQuery(text)
        #expect(query.framing == framing)
        #expect(query.pageSize == pageSize)
        #expect(query.pageToken == pageToken)
    }

    @Test(
        "either spelling of a name, and no third",
        arguments: [
            ("inlineData", true), ("inline_data", true), ("inline_Data", false), ("inlinedata", false),
            ("inline__data", false), ("inlineDat", false), ("inlineDatas", false), ("InlineData", false),
            ("inline_datas", false), ("inline_", false), ("", false),
        ]
    )
    func spelling(key: String, isOne: Bool) {
        #expect(GeminiFields.isSpelling(key, of: "inlineData") == isOne)
    }

    @Test("the last spelling counts, and null is nothing")
    func twice() {
        let fields = GeminiFields(
            JSONObject([("topP", 1), ("top_p", 2), ("seed", 3), ("topK", nil)]),
            at: "generationConfig"
        )
        #expect(fields["topP"] == 2)
        #expect(fields["topK"] == nil)
        #expect(fields.path("seed") == "generationConfig.seed")
    }
}
