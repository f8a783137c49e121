package import NIOCore
package import Vocabulary

extension Gemini {
    /// An error as a whole answer; in a stream it stands in the place of a chunk.
    /// - Parameter requestID: the call's id as it stands in `x-request-id`.
    package static func errorBody(_ error: GatewayError, requestID: String) -> ByteBuffer {
        var details: [JSONValue] = [Self.requestInfo(requestID)]
        if let parameter = error.parameter {
            details.append([
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [["field": .string(parameter), "description": .string(error.message)]],
            ])
        }
        if let seconds = error.retryAfter {
            details.append([
                "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": .string("\(seconds)s"),
            ])
        }
        return Self.body(Self.status(of: error.code), error.message, details)
    }

    /// An error that a model server answered with a status of its own and that reaches the caller as it is.
    package static func errorBody(status: Int, message: String, requestID: String) -> ByteBuffer {
        Self.body(status == 502 ? 503 : status, message, [Self.requestInfo(requestID)])
    }

    /// The HTTP status of a cause. Google knows no 502.
    package static func status(of code: GatewayError.Code) -> Int {
        code == .upstreamFailed ? 503 : code.status
    }

    private static func body(_ code: Int, _ message: String, _ details: [JSONValue]) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeJSON([
            "error": [
                "code": JSONValue(code), "message": .string(message), "status": .string(Self.name(of: code)),
                "details": .array(details),
            ]
        ])
        return body
    }

    private static func requestInfo(_ requestID: String) -> JSONValue {
        ["@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": .string(requestID)]
    }

    /// The name of `google.rpc.Code` that goes with an HTTP status.
    private static func name(of status: Int) -> String {
        switch status {
        case 401: "UNAUTHENTICATED"
        case 402, 429: "RESOURCE_EXHAUSTED"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 408, 504: "DEADLINE_EXCEEDED"
        case 409: "ABORTED"
        case 499: "CANCELLED"
        case 501: "UNIMPLEMENTED"
        case 503: "UNAVAILABLE"
        case 400..<500: "INVALID_ARGUMENT"
        default: "INTERNAL"
        }
    }
}
