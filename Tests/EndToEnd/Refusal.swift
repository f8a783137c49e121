import TestSupport
import Testing

/// An error as an OpenAI SDK has to see it.
struct Refusal: Sendable {
    var status: Int
    var type: String
    var code: String?

    static let badRequest = Refusal(status: 400, type: "invalid_request_error")
    static let unauthorized = Refusal(status: 401, type: "invalid_request_error", code: "invalid_api_key")
    static let forbidden = Refusal(status: 403, type: "permission_error")
    static let unknownModel = Refusal(status: 404, type: "invalid_request_error", code: "model_not_found")
    static let unknownRoute = Refusal(status: 404, type: "invalid_request_error")
    static let wrongMethod = Refusal(status: 405, type: "invalid_request_error")
    static let tooSlow = Refusal(status: 408, type: "invalid_request_error")
    static let tooLarge = Refusal(status: 413, type: "invalid_request_error")
    static let unsupported = Refusal(status: 415, type: "invalid_request_error")
    static let busy = Refusal(status: 429, type: "rate_limit_error", code: "rate_limit_exceeded")
    static let badGateway = Refusal(status: 502, type: "server_error", code: "bad_gateway")
    static let offline = Refusal(status: 503, type: "server_error", code: "connector_offline")
    static let timeout = Refusal(status: 504, type: "server_error", code: "timeout")

    /// Whether an answer is this error, in status, shape and headers.
    func expect(_ answer: Answer, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(answer.status == self.status, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(
            answer.head["content-type"]?.hasPrefix("application/json") == true,
            "\(answer.head)",
            sourceLocation: sourceLocation
        )
        let error = answer.json["error"]
        #expect(answer.json.keys == ["error"], "\(answer.text)", sourceLocation: sourceLocation)
        #expect(error.keys == ["message", "type", "param", "code"], "\(answer.text)", sourceLocation: sourceLocation)
        #expect(error["message"].string?.isEmpty == false, "\(answer.text)", sourceLocation: sourceLocation)
        #expect(error["type"].string == self.type, "\(answer.text)", sourceLocation: sourceLocation)
        if let code { #expect(error["code"].string == code, "\(answer.text)", sourceLocation: sourceLocation) }
        expectRequestID(answer.head, sourceLocation: sourceLocation)
    }
}

/// Whether both headers carry one and the same request id.
func expectRequestID(_ head: AnswerHead, sourceLocation: SourceLocation = #_sourceLocation) {
    let id = head["x-request-id"] ?? ""
    #expect(id.wholeMatch(of: /req_[0-9a-f]{24}/) != nil, "\(head)", sourceLocation: sourceLocation)
    #expect(head["request-id"] == id, "\(head)", sourceLocation: sourceLocation)
    #expect(head["server"] == nil, "\(head)", sourceLocation: sourceLocation)
}
