import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("Gemini: errors, models and embeddings")
struct GeminiShapesTests {
    @Test(
        "every cause has a status and its name",
        arguments: [
            (.invalidRequest, 400, "INVALID_ARGUMENT"), (.keyInQuery, 400, "INVALID_ARGUMENT"),
            (.invalidKey, 401, "UNAUTHENTICATED"), (.forbidden, 403, "PERMISSION_DENIED"),
            (.unknownDeployment, 404, "NOT_FOUND"), (.unknownRoute, 404, "NOT_FOUND"),
            (.methodNotAllowed, 405, "INVALID_ARGUMENT"), (.requestTimeout, 408, "DEADLINE_EXCEEDED"),
            (.bodyTooLarge, 413, "INVALID_ARGUMENT"), (.unsupportedMediaType, 415, "INVALID_ARGUMENT"),
            (.upstreamBusy, 429, "RESOURCE_EXHAUSTED"), (.headerTooLarge, 431, "INVALID_ARGUMENT"),
            (.internalError, 500, "INTERNAL"), (.upstreamFailed, 503, "UNAVAILABLE"),
            (.connectorOffline, 503, "UNAVAILABLE"), (.relayUnavailable, 503, "UNAVAILABLE"),
            (.upstreamTimeout, 504, "DEADLINE_EXCEEDED"),
        ] as [(GatewayError.Code, Int, String)]
    )
    func errors(code: GatewayError.Code, status: Int, name: String) throws {
        let error = try JSONValue(
            reading: Gemini.errorBody(GatewayError(code, "No «x».\n"), requestID: "req_1")
        )["error"]
        #expect(Gemini.status(of: code) == status)
        #expect(error?["code"]?.int == status)
        #expect(error?["status"]?.string == name)
        #expect(error?["message"]?.string == "No «x».\n")
    }

    @Test("an error names the request, the field and the time to wait")
    func details() {
        let error = GatewayError(.upstreamBusy, "Busy.", parameter: "contents", retryAfter: 7)
        #expect(
            String(buffer: Gemini.errorBody(error, requestID: "req_1")) == """
                {"error":{"code":429,"message":"Busy.","status":"RESOURCE_EXHAUSTED","details":[\
                {"@type":"type.googleapis.com/google.rpc.RequestInfo","requestId":"req_1"},\
                {"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents","description":"Busy."}]},\
                {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"7s"}]}}
                """
        )
    }

    @Test("a status of the model server's own", arguments: [(422, 422, "INVALID_ARGUMENT"), (502, 503, "UNAVAILABLE")])
    func ownStatus(status: Int, code: Int, name: String) throws {
        let error = try JSONValue(reading: Gemini.errorBody(status: status, message: "m", requestID: "r"))["error"]
        #expect(error?["code"]?.int == code)
        #expect(error?["status"]?.string == name)
    }

    @Test("the list of models goes page by page")
    func models() throws {
        let names = ["a", "b:4b", "hf.co/c/d", "e"]
        #expect(
            String(buffer: Gemini.model("hf.co/c/d")) == """
                {"name":"models/hf.co/c/d","baseModelId":"hf.co/c/d","version":"1","displayName":"hf.co/c/d",\
                "supportedGenerationMethods":["generateContent","countTokens"]}
                """
        )
        #expect(String(buffer: Gemini.modelList([])) == #"{"models":[]}"#)
        #expect(try JSONValue(reading: Gemini.modelList(names))["nextPageToken"] == nil)
        var seen: [String?] = []
        var token: String?
        repeat {
            let page = try JSONValue(reading: Gemini.modelList(names, pageSize: 3, pageToken: token))
            seen += page["models"]?.array?.map { $0["displayName"]?.string } ?? []
            token = page["nextPageToken"]?.string
        } while token != nil
        #expect(seen == names)
        #expect(String(buffer: Gemini.modelList(names, pageToken: "z")) == #"{"models":[]}"#)
        let behindGone = try JSONValue(reading: Gemini.modelList(names, pageToken: "d"))["models"]?.array
        #expect(behindGone?.first?["name"] == "models/hf.co/c/d")
    }

    @Test("an embedding goes to the model server and back")
    func embedding() throws {
        let body = #"{"content":{"parts":[{"text":"a"},{"text":"b"}]},"task_type":"X","output_dimensionality":2}"#
        let request = try GeminiEmbeddings(reading: JSONValue(reading: body), isBatch: false)
        #expect(
            String(buffer: request.body(model: "e"))
                == #"{"model":"e","input":["a\nb"],"encoding_format":"float","dimensions":2}"#
        )
        let answer = ByteBuffer(string: #"{"data":[{"embedding":[0.10,-2e-3],"index":0}],"usage":{}}"#)
        #expect(try String(buffer: request.reply(answer)) == #"{"embedding":{"values":[0.10,-2e-3]}}"#)
    }

    @Test("a batch keeps its order, and base64 becomes numbers")
    func batch() throws {
        let body = #"{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]}},{"content":"b"}]}"#
        let request = try GeminiEmbeddings(reading: JSONValue(reading: body), isBatch: true)
        #expect(request.inputs == ["a", "b"])
        #expect(request.dimensions == nil)
        let answer = #"{"data":[{"index":1,"embedding":"AAAAPwAAwL8="},{"index":0,"embedding":[1]}]}"#
        #expect(
            try String(buffer: request.reply(ByteBuffer(string: answer)))
                == #"{"embeddings":[{"values":[1]},{"values":[0.5,-1.5]}]}"#
        )
    }

    @Test(
        "an answer that is not one vector for each text",
        arguments: [
            "", "{}", #"{"data":[]}"#, #"{"data":[{"embedding":["x"]}]}"#, #"{"data":[{"embedding":"A"}]}"#,
            #"{"data":[{"embedding":[1],"index":1}]}"#, #"{"data":[{"embedding":"AACAfw=="}]}"#,
        ]
    )
    func noVectors(answer: String) throws {
        let request = try GeminiEmbeddings(reading: ["content": ["parts": [["text": "a"]]]], isBatch: false)
        let error = #expect(throws: GatewayError.self) { _ = try request.reply(ByteBuffer(string: answer)) }
        #expect(error?.code == .upstreamFailed)
    }

    @Test(
        "an embedding that is refused",
        arguments: [
            ("{}", false, "content"), (#"{"content":{"parts":[]}}"#, false, "content.parts"),
            (#"{"content":{"parts":[{"inlineData":{}}]}}"#, false, "content.parts[0]"), ("{}", true, "requests"),
            (#"{"content":"a","outputDimensionality":0}"#, false, "outputDimensionality"),
            (
                #"{"requests":[{"content":"a"},{"content":"b","outputDimensionality":5}]}"#, true,
                "requests[1].outputDimensionality"
            ),
        ]
    )
    func refusedEmbedding(body: String, isBatch: Bool, parameter: String) {
        let error = #expect(throws: GatewayError.self) {
            _ = try GeminiEmbeddings(reading: JSONValue(reading: body), isBatch: isBatch)
        }
        #expect(error?.parameter == parameter)
    }

    @Test(
        "base64 in all its spellings",
        arguments: [
            ("", ""), ("-_-_", "+/+/"), ("+/+/", "+/+/"), ("QQ", "QQ=="), ("QUI=", "QUI="), ("QU\nJD", "QUJD"),
            ("A", nil), ("QQ=Q", nil), ("Q*", nil), ("é", nil),
        ] as [(String, String?)]
    )
    func base64(text: String, standard: String?) {
        #expect(Base64Text.standard(text) == standard)
    }
}
