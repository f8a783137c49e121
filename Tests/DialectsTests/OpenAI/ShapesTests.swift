import NIOCore
import Testing
import Vocabulary

@testable import Dialects

/// Models and errors in the shapes of OpenAI's API (OpenAI API reference, "models", "errors").
@Suite("Shapes of OpenAI's API")
struct ShapesTests {
    private let card = ModelCard(id: "a/b:\"c\"", created: 1_790_000_000, ownedBy: "me")
    private let written = #"{"id":"a/b:\"c\"","object":"model","created":1790000000,"owned_by":"me"}"#

    @Test("models")
    func models() {
        #expect(String(buffer: OpenAI.model(self.card)) == self.written)
        #expect(String(buffer: OpenAI.modelList([])) == #"{"object":"list","data":[]}"#)
        let two = OpenAI.modelList([self.card, self.card])
        #expect(String(buffer: two) == #"{"object":"list","data":[\#(self.written),\#(self.written)]}"#)
    }

    @Test("an error names what is at fault, or null")
    func errors() {
        let error = GatewayError(.invalidRequest, "«m»\n", parameter: "messages")
        let body = #"{"error":{"message":"«m»\n","type":"invalid_request_error","param":"messages","code":null}}"#
        #expect(String(buffer: OpenAI.errorBody(error)) == body)
        let other = #"{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#
        #expect(String(buffer: OpenAI.errorBody(GatewayError(.invalidKey, "m"))) == other)
    }

    @Test("every cause has its status, type and code", arguments: GatewayError.Code.allCases)
    func codes(_ code: GatewayError.Code) {
        let expected: (Int, String, String?) =
            switch code {
            case .invalidRequest, .keyInQuery: (400, "invalid_request_error", nil)
            case .invalidKey: (401, "invalid_request_error", "invalid_api_key")
            case .insufficientBalance: (402, "billing_error", "insufficient_balance")
            case .insufficientTokens: (402, "billing_error", "insufficient_tokens")
            case .forbidden: (403, "permission_error", nil)
            case .unknownDeployment, .unknownRoute: (404, "invalid_request_error", "model_not_found")
            case .methodNotAllowed: (405, "invalid_request_error", nil)
            case .requestTimeout: (408, "invalid_request_error", nil)
            case .idempotencyConflict: (409, "invalid_request_error", "idempotency_conflict")
            case .bodyTooLarge: (413, "invalid_request_error", nil)
            case .unsupportedMediaType: (415, "invalid_request_error", nil)
            case .quotaExhausted: (429, "insufficient_quota", "insufficient_quota")
            case .rateLimited, .upstreamBusy: (429, "rate_limit_error", "rate_limit_exceeded")
            case .headerTooLarge: (431, "invalid_request_error", nil)
            case .internalError: (500, "server_error", nil)
            case .accountingFailed: (500, "server_error", "api_error")
            case .upstreamFailed: (502, "server_error", "bad_gateway")
            case .limiterUnavailable: (503, "server_error", "rate_limit_unavailable")
            case .connectorOffline: (503, "server_error", "connector_offline")
            case .relayUnavailable: (503, "server_error", "relay_unavailable")
            case .upstreamTimeout: (504, "server_error", "timeout")
            }
        #expect(code.status == expected.0 && code.openAI.type == expected.1 && code.openAI.code == expected.2)
    }

    @Test("what is passed through has its own path upstream, everything else is Chat")
    func paths() {
        for (path, endpoint) in Endpoint.withPath {
            #expect(endpoint.upstreamPath == (endpoint.isPassedThrough ? path : "/v1/chat/completions"))
        }
        let passed = Endpoint.withPath.filter(\.endpoint.isPassedThrough)
        #expect(passed.map(\.path) == ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"])
        #expect(passed.map(\.endpoint.name) == ["chat", "completions", "embeddings"])
    }
}
