import Dialects
import NIOCore
import Testing
import Vocabulary

@Suite("Responses: in the background")
struct ResponsesBackgroundTests {
    private func response() throws -> ByteBuffer {
        let request = try ResponsesRequest(
            text: #"{"model":"demo","input":"x","background":true,"metadata":{"a":"b"}}"#
        )
        return Responses.inProgress(request, .test)
    }

    @Test("the model server is asked for a stream, and the response says where it is made")
    func request() throws {
        let request = try ResponsesRequest(text: #"{"model":"demo","input":"x","background":true,"store":true}"#)
        #expect(request.isInBackground && request.conversation.streams)
        let told = try JSONValue(reading: self.response())
        #expect(told["background"] == true && told["status"] == "in_progress" && told["output"] == [])
        #expect(told["id"]?.string == Responses.id(.test) && told["usage"] == nil)
        for text in [#"{"model":"demo","input":"x"}"#, #"{"model":"demo","input":"x","background":false}"#] {
            let usual = try ResponsesRequest(text: text)
            #expect(!usual.isInBackground && !usual.conversation.streams)
            #expect(!Responses.isInBackground(Responses.inProgress(usual, .test)))
        }
        #expect(try Responses.isInBackground(self.response()))
    }

    @Test("what cannot go with it is refused", arguments: [("store", "false"), ("stream", "true")])
    func refused(_ field: String, _ value: String) {
        let text = #"{"model":"demo","input":"x","background":true,"\#(field)":\#(value)}"#
        let error = #expect(throws: GatewayError.self) { try ResponsesRequest(text: text) }
        #expect(error?.code == .invalidRequest && error?.parameter == field)
        #expect(error?.message.contains("background") == true)
    }

    @Test(
        "what it becomes without an answer",
        arguments: [
            (.cancelled, "cancelled", nil, nil),
            (.failed(GatewayError(.upstreamFailed, "broke")), "failed", "server_error", "broke"),
            (.failed(GatewayError(.relayUnavailable, "stopped")), "failed", "server_error", "stopped"),
            (
                .failed(GatewayError(.upstreamBusy, "Busy.", retryAfter: 2)), "failed", "rate_limit_exceeded",
                "Busy. Please try again in 2s."
            ),
            (
                .refused(status: 400, body: ByteBuffer(string: #"{"error":{"message":"no","code":null}}"#)), "failed",
                "invalid_prompt", "no"
            ),
            (
                .refused(
                    status: 400,
                    body: ByteBuffer(string: #"{"error":{"message":"long","code":"context_length_exceeded"}}"#)
                ), "failed", "context_length_exceeded", "long"
            ),
            (
                .refused(status: 429, body: ByteBuffer(string: #"{"error":{"message":"busy"}}"#)), "failed",
                "rate_limit_exceeded", "busy"
            ),
            (
                .refused(status: 502, body: ByteBuffer(string: "no JSON")), "failed", "server_error",
                "The model server failed."
            ),
        ] as [(Responses.Ending, String, String?, String?)]
    )
    func ended(_ ending: Responses.Ending, _ status: String, _ code: String?, _ message: String?) throws {
        let before = try self.response()
        let told = try JSONValue(reading: Responses.ended(before, ending))
        #expect(told["status"]?.string == status)
        #expect(told["error"]?["code"]?.string == code && told["error"]?["message"]?.string == message)
        // Nothing else is another.
        var rest = try #require(told.object)
        var was = try #require(try JSONValue(reading: before).object)
        for key in ["status", "error"] {
            rest[key] = nil
            was[key] = nil
        }
        #expect(rest == was)
    }

    @Test("a failed one may go without what it said")
    func withoutOutput() throws {
        let before = try self.response()
        #expect(Responses.failedWithoutOutput(before) == nil)
        let failed = Responses.ended(before, .failed(GatewayError(.upstreamFailed, "broke")))
        var said = try #require(try JSONValue(reading: failed).object)
        said["output"] = [["type": "message"]]
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(said))
        #expect(Responses.failedWithoutOutput(bytes) == failed)
    }

    @Test(
        "only what has an answer may be gone on from",
        arguments: [
            ("in_progress", "still in progress"), ("failed", "failed"), ("cancelled", "cancelled"), ("completed", nil),
            ("incomplete", nil),
        ]
    )
    func goingOn(_ status: String, _ words: String?) {
        let error = Responses.refusalToGoOn(from: "resp_1", ["status": .string(status)])
        #expect((error == nil) == (words == nil))
        guard let error, let words else { return }
        #expect(error.code == .invalidRequest && error.parameter == "previous_response_id")
        #expect(error.message.contains(words) && error.message.contains("resp_1"))
        // Who is told that it is not found sends everything again at once.
        let body = String(buffer: Responses.errorBody(error, requestID: "r"))
        #expect(!body.contains("previous_response_not_found"))
        let unknown = String(buffer: Responses.errorBody(Responses.previousResponseNotFound("r"), requestID: "r"))
        #expect(unknown.contains(#""code":"previous_response_not_found""#))
    }
}
