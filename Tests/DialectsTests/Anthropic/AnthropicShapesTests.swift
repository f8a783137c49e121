import NIOCore
import Testing
import Vocabulary

@testable import Dialects

/// Errors, models and counts.
@Suite("Shapes of Anthropic's API")
struct AnthropicShapesTests {
    @Test("an error has its type, its words and the request's id", arguments: GatewayError.Code.allCases)
    func errors(_ code: GatewayError.Code) throws {
        let body = Anthropic.errorBody(GatewayError(code, "So \"it\" is", parameter: "p"), requestID: "req_1")
        let value = try JSONValue(reading: body)
        let type: JSONValue =
            switch code.status {
            case 401: "authentication_error"
            case 402: "billing_error"
            case 403: "permission_error"
            case 404: "not_found_error"
            case 408, 504: "timeout_error"
            case 413: "request_too_large"
            case 429: "rate_limit_error"
            case 500, 502: "api_error"
            case 503: "overloaded_error"
            default: "invalid_request_error"
            }
        #expect(
            value == ["type": "error", "error": ["type": type, "message": "So \"it\" is"], "request_id": "req_1"]
        )
    }

    @Test("the count of tokens")
    func tokenCount() { #expect(String(buffer: Anthropic.tokenCount(42)) == #"{"input_tokens":42}"#) }

    @Test("a model")
    func model() throws {
        let card = ModelCard(id: "hf.co/a:b", created: 1_767_225_600, ownedBy: "adit")
        let value = try JSONValue(reading: Anthropic.model(card))
        let expected: JSONValue = [
            "id": "hf.co/a:b", "type": "model", "display_name": "hf.co/a:b", "created_at": "2026-01-01T00:00:00Z",
            "lifecycle": "active", "max_input_tokens": nil, "max_tokens": nil, "capabilities": nil,
        ]
        #expect(value == expected)
    }

    @Test(
        "a page of the list",
        arguments: [
            (.init(), "abcde", false), (.init(limit: 2), "ab", true), (.init(limit: 2, after: "b"), "cd", true),
            (.init(limit: 2, after: "c"), "de", false), (.init(limit: 2, before: "d"), "bc", true),
            (.init(limit: 9, before: "b"), "a", false), (.init(after: "e"), "", false), (.init(limit: 0), "a", true),
            (.init(after: "d", before: "b"), "", false), (.init(after: "z"), "abcde", false),
        ] as [(Anthropic.ModelPage, String, Bool)]
    )
    func pages(_ page: Anthropic.ModelPage, _ ids: String, _ hasMore: Bool) throws {
        let models = "abcde".map { ModelCard(id: String($0), created: 0, ownedBy: "adit") }
        let value = try JSONValue(reading: Anthropic.modelList(models, page: page))
        #expect(value["data"]?.array?.compactMap { $0["id"]?.string }.joined() == ids)
        #expect(value["has_more"]?.bool == hasMore)
        #expect(value["first_id"]?.string == ids.first.map { String($0) })
        #expect(value["last_id"]?.string == ids.last.map { String($0) })
    }

    @Test("escaped text is cut between characters only", arguments: 1...30)
    func pieces(_ limit: Int) {
        let text = EscapedText(escaped: #"a\n\\\\u0041é日😀\u00e9\ud83d\ude00\"x\ud83dz"#)
        let pieces = text.pieces(atMost: limit)
        var joined = EscapedText()
        for piece in pieces {
            joined.append(piece)
            #expect(piece.bytes.readableBytes <= max(limit, 12) && piece.unescaped != nil)
        }
        #expect(String(buffer: joined.bytes) == String(buffer: text.bytes))
        #expect(pieces.compactMap(\.unescaped).joined() == text.unescaped)
    }
}
