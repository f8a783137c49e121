import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("Dialects at the edge")
struct DialectTests {
    @Test(
        "where the path does not tell, the headers do",
        arguments: [
            (nil, nil, Dialect.openAI), ("2023-06-01", nil, .messages), (nil, "k", .gemini),
            ("2026-10-21", "k", .messages),
        ] as [(String?, String?, Dialect)]
    )
    func headers(_ version: String?, _ key: String?, _ expected: Dialect) {
        #expect(Dialect(anthropicVersion: version, googleKey: key) == expected)
    }

    @Test("every cause is a JSON object with its message in every dialect", arguments: Dialect.allCases)
    func errors(dialect: Dialect) throws {
        for code in GatewayError.Code.allCases {
            let error = GatewayError(code, "Said «\(code)».", parameter: "p", retryAfter: 3)
            let body = try JSONValue(reading: dialect.errorBody(error, requestID: "req_1"))
            #expect(body["error"]?["message"]?.string == error.message)
            #expect((400...599).contains(dialect.status(of: code)))
            if dialect == .gemini { #expect(body["error"]?["code"]?.int == dialect.status(of: code)) }
        }
    }

    @Test(
        "a model server's refusal keeps its status",
        arguments: [(400, "invalid_request_error"), (404, "not_found_error"), (413, "request_too_large")]
    )
    func refusal(_ status: Int, _ type: String) throws {
        let said = ByteBuffer(string: #"{"error":{"message":"no"}}"#)
        for dialect in Dialect.allCases {
            let failure = dialect.upstreamFailure(status: status, retryAfter: nil, body: said, requestID: "req_1")
            #expect(failure.status == status && failure.code == .invalidRequest)
            let body = try JSONValue(reading: failure.body)
            #expect(body["error"]?["message"]?.string == "no")
            if dialect == .messages { #expect(body["error"]?["type"]?.string == type) }
            if dialect == .gemini { #expect(body["error"]?["code"]?.int == status) }
        }
    }

    @Test("a busy model server says when to come again")
    func busy() {
        for dialect in Dialect.allCases {
            let failure = dialect.upstreamFailure(status: 429, retryAfter: 7, body: ByteBuffer(), requestID: "req_1")
            #expect(failure.status == 429 && failure.retryAfter == 7 && failure.code == .upstreamBusy)
        }
    }

    @Test("what is passed through is not translated")
    func foreign() {
        for endpoint in [Endpoint.chatCompletions, .completions, .embeddings] {
            #expect(throws: GatewayError.self) { try Translation(endpoint, reading: ByteBuffer(string: "{}")) }
        }
        #expect(throws: GatewayError.self) { try Translation(.messages, reading: ByteBuffer(string: "{")) }
    }

    @Test("a request has at least one token")
    func estimate() throws {
        let small = ByteBuffer(string: #"{"contents":[{"parts":[{"text":"x"}]}]}"#)
        let large = ByteBuffer(
            string: #"{"contents":[{"parts":[{"text":"\#(String(repeating: "x", count: 4000))"}]}]}"#
        )
        let few = try Translation(.geminiTokenCount(model: "m"), reading: small).estimatedTokens
        let many = try Translation(.geminiTokenCount(model: "m"), reading: large).estimatedTokens
        #expect(few >= 1 && many - few == 999 || many - few == 1000)
    }
}
