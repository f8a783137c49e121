import Foundation
import NIOCore
import Testing
import Vocabulary

@testable import Dialects

/// What a caller is told of an upstream's error, in the shape of OpenAI's API (OpenAI API reference, "errors").
@Suite("Failures of an upstream")
struct FailureTests {
    private struct Told: Decodable {
        struct Inner: Decodable {
            var message: String
            var type: String
            var param: String?
            var code: String?
        }

        var error: Inner
    }

    private func told(_ status: Int, _ body: String, retryAfter: Int? = nil) throws -> (UpstreamFailure, Told.Inner) {
        let failure = OpenAI.upstreamFailure(status: status, retryAfter: retryAfter, body: ByteBuffer(string: body))
        let body = Data(failure.body.readableBytesView)
        return (failure, try JSONDecoder().decode(Told.self, from: body).error)
    }

    @Test(
        "the message is found in every server's shape",
        arguments: [
            // OpenAI, Ollama.
            (#"{"error":{"message":"m","type":"invalid_request_error","param":"temperature","code":null}}"#, "m"),
            // llama.cpp, vLLM: the code is a number.
            (#"{"error":{"code":400,"message":"m","type":"invalid_request_error"}}"#, "m"),
            (#"{"error":{"message":"m","type":"BadRequestError","param":null,"code":400}}"#, "m"),
            // SGLang and old builds of vLLM: no inner object.
            (#"{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}"#, "m"),
            // Ollama's native routes, LM Studio.
            (#"{"error":"m"}"#, "m"),
            // FastAPI: HTTPException, and what its validation finds.
            (#"{"detail":"m"}"#, "m"),
            (#"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"m","input":{}},{"msg":"n"}]}"#, "m"),
            ("m", "m"), ("m\r\nmore\n", "m"), (#"{"error":{"message":"é\n\"m\""}}"#, "é\n\"m\""),
            (#"{"error":{"message":"m","param":["a"],"type":7}}"#, "m"),
            // Nothing that a person could read.
            ("", nil), ("<html><body>m</body></html>", nil), ("{", nil), ("{}", nil), ("[]", nil), (" \n", nil),
            (#"{"error":{}}"#, nil), (#"{"error":{"message":""}}"#, nil), (#"{"detail":[]}"#, nil),
        ] as [(String, String?)]
    )
    func messages(_ body: String, _ message: String?) throws {
        let (failure, error) = try self.told(400, body)
        #expect(error.message == message ?? "The model server refused the request with HTTP status 400.")
        #expect(failure.status == 400 && error.type == "invalid_request_error" && error.code == nil)
        let other = try self.told(500, body).1
        #expect(
            other.message == message.map { "The model server failed: \($0)" }
                ?? "The model server failed with HTTP status 500."
        )
    }

    @Test(
        "a status becomes one that says whose fault it is",
        arguments: [
            (400, 400, "invalid_request_error", nil, .invalidRequest),
            (404, 404, "invalid_request_error", nil, .invalidRequest),
            (413, 413, "invalid_request_error", nil, .invalidRequest),
            (415, 415, "invalid_request_error", nil, .invalidRequest),
            (422, 422, "invalid_request_error", nil, .invalidRequest),
            // The caller's own key was right.
            (401, 502, "server_error", "bad_gateway", .upstreamFailed),
            (403, 502, "server_error", "bad_gateway", .upstreamFailed),
            (407, 502, "server_error", "bad_gateway", .upstreamFailed),
            (429, 429, "rate_limit_error", "rate_limit_exceeded", .upstreamBusy),
            // Ollama: "server busy, please try again" with 503.
            (503, 429, "rate_limit_error", "rate_limit_exceeded", .upstreamBusy),
            (408, 504, "server_error", "timeout", .upstreamTimeout),
            (504, 504, "server_error", "timeout", .upstreamTimeout),
            (500, 502, "server_error", "bad_gateway", .upstreamFailed),
            (502, 502, "server_error", "bad_gateway", .upstreamFailed),
            (405, 502, "server_error", "bad_gateway", .upstreamFailed),
            (302, 502, "server_error", "bad_gateway", .upstreamFailed),
            (204, 502, "server_error", "bad_gateway", .upstreamFailed),
            // openai-python retries 409 by itself (3.52.0, _base_client.py, _should_retry).
            (409, 502, "server_error", "bad_gateway", .upstreamFailed),
        ] as [(Int, Int, String, String?, GatewayError.Code)]
    )
    func statuses(_ status: Int, _ expected: Int, _ type: String, _ word: String?, _ code: GatewayError.Code) throws {
        let (failure, error) = try self.told(status, #"{"error":{"message":"secret-of-upstream"}}"#)
        #expect(failure.status == expected && failure.code == code)
        #expect(error.type == type && error.code == word)
        // What is wrong with the connector's own credential is not the caller's to read.
        #expect(error.message.contains("secret-of-upstream") == ![401, 403, 407].contains(status))
        #expect((failure.retryAfter != nil) == (code == .upstreamBusy))
    }

    @Test(
        "a model server's own words can be hidden, in every dialect",
        arguments: [400, 401, 403, 404, 408, 413, 415, 422, 429, 500, 502, 503, 504],
        Dialect.allCases
    )
    func hidden(_ status: Int, _ dialect: Dialect) throws {
        for said in [
            #"{"error":{"message":"secret","type":"secret","param":"secret","code":"secret"}}"#,
            #"{"object":"error","message":"secret","type":"secret","param":"secret","code":"secret"}"#,
            #"{"error":"secret"}"#, #"{"detail":[{"msg":"secret"}]}"#, "secret",
        ] {
            let failures = [true, false].map { hidesText in
                dialect.upstreamFailure(
                    status: status,
                    retryAfter: nil,
                    body: ByteBuffer(string: said),
                    requestID: "req_1",
                    hidesText: hidesText
                )
            }
            let (hidden, told) = (failures[0], failures[1])
            #expect(!String(buffer: hidden.body).contains("secret"), "\(String(buffer: hidden.body))")
            #expect(hidden.status == told.status && hidden.code == told.code)
            #expect(hidden.retryAfter == told.retryAfter)
            let message = try JSONValue(reading: hidden.body)["error"]?["message"]?.string
            #expect(message?.hasPrefix("The model server ") == true, "\(String(buffer: hidden.body))")
        }
    }

    @Test("that a prompt is too long, or a model being loaded, is told in the relay's own words")
    func hiddenButKnown() {
        let failure = { (status: Int, said: String, dialect: Dialect) in
            let body = ByteBuffer(string: #"{"error":{"message":"secret \#(said)"}}"#)
            return dialect.upstreamFailure(
                status: status,
                retryAfter: nil,
                body: body,
                requestID: "req_1",
                hidesText: true
            )
        }
        for (dialect, words) in [
            (Dialect.openAI, "context_length_exceeded"), (.responses, "context_length_exceeded"),
            (.messages, "prompt is too long: "), (.gemini, "exceeds the maximum number of tokens allowed: "),
        ] {
            let tooLong = failure(400, "exceeds the available context size", dialect)
            let text = String(buffer: tooLong.body)
            #expect(text.contains(words) && !text.contains("secret") && tooLong.status == 400, "\(text)")
            let loading = failure(503, "Loading model", dialect)
            #expect(loading.code == .connectorOffline && String(buffer: loading.body).contains("loading the model"))
            #expect(!String(buffer: loading.body).contains("secret"))
        }
    }

    @Test("codes are said in the words that a service chooses")
    func words() throws {
        let codes = try ErrorCodes(["bad_gateway=upstream_error", "400=invalid_request"])
        let body = ByteBuffer(string: #"{"error":{"message":"no"}}"#)
        let words = { (status: Int, dialect: Dialect) in
            let failure = dialect.upstreamFailure(
                status: status,
                retryAfter: nil,
                body: body,
                requestID: "req_1",
                codes: codes
            )
            return String(buffer: failure.body)
        }
        for dialect in [Dialect.openAI, .responses] {
            #expect(words(500, dialect).contains(#""code":"upstream_error""#))
            #expect(words(400, dialect).contains(#""code":"invalid_request""#))
            #expect(words(422, dialect).contains(#""code":null"#))
        }
        let refused = GatewayError(.upstreamFailed, "no").worded(by: codes)
        #expect(String(buffer: ChatStream.errorEvent(refused)).contains(#""code":"upstream_error""#))
        #expect(String(buffer: Responses.errorMessage(refused)).contains(#""code":"upstream_error""#))
        #expect(!String(buffer: Anthropic.errorBody(refused, requestID: "req_1")).contains("upstream_error"))
        #expect(!String(buffer: Gemini.errorBody(refused, requestID: "req_1")).contains("upstream_error"))
    }

    @Test("every code that the relay says of itself may have another word")
    func known() {
        let said = GatewayError.Code.allCases.compactMap { GatewayError($0, "no").worded(by: ErrorCodes()).reason }
        #expect(OpenAI.errorCodes.isSuperset(of: said) && said.count > 10)
    }

    @Test(
        "when another try makes sense",
        arguments: [
            (429, "{}", nil, 1), (429, "{}", 7, 7), (429, "{}", -7, 0), (429, "{}", 100_000, 3_600), (503, "{}", 9, 9),
            // llama.cpp while it loads: 503 with this message.
            (503, #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, nil, 5),
            (500, "{}", 7, nil), (400, "{}", 7, nil),
        ] as [(Int, String, Int?, Int?)]
    )
    func retries(_ status: Int, _ body: String, _ retryAfter: Int?, _ expected: Int?) throws {
        let (failure, _) = try self.told(status, body, retryAfter: retryAfter)
        #expect(failure.retryAfter == expected)
    }

    @Test("a model that is still being loaded is one that is not there yet")
    func loading() throws {
        let (failure, error) = try self.told(503, #"{"error":{"message":"Loading model"}}"#)
        #expect(failure.status == 503 && failure.code == .connectorOffline && error.code == "connector_offline")
    }

    @Test(
        "what is said of the request's fault is kept",
        arguments: [
            (#"{"error":{"message":"m","param":"top_p","code":"bad_value"}}"#, "top_p", "bad_value"),
            (#"{"error":{"message":"m","code":"context_length_exceeded"}}"#, nil, "context_length_exceeded"),
            // llama.cpp says so by the type.
            (
                #"{"error":{"code":400,"message":"m","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}}"#,
                nil, "context_length_exceeded"
            ),
            (#"{"object":"error","message":"m","param":"top_p","code":400}"#, "top_p", nil),
        ] as [(String, String?, String?)]
    )
    func details(_ body: String, _ parameter: String?, _ code: String?) throws {
        let (_, error) = try self.told(400, body)
        #expect(error.message == "m" && error.param == parameter && error.code == code)
    }

    @Test("a long text that is no JSON is cut")
    func long() throws {
        let (_, error) = try self.told(400, String(repeating: "é", count: 10_000))
        #expect(error.message.utf8.count <= 503)
    }
}
