package import NIOCore
package import Vocabulary

/// Responses in the background: what is told of them while they are made, and what they become without an answer.
extension Responses {
    /// How a response ends that no model has brought to its end.
    package enum Ending: Hashable, Sendable {
        case cancelled
        case failed(GatewayError)
        /// The model server refused the request.
        /// - `status`: the HTTP status that it would have had.
        /// - `body`: the body that it would have had, with OpenAI's error object under `error`.
        case refused(status: Int, body: ByteBuffer)
    }

    /// The response object while its answer is being made.
    package static func inProgress(_ request: ResponsesRequest, _ identity: AnswerIdentity) -> ByteBuffer {
        var bytes = ByteBuffer()
        ResponseObject(request, identity).write(.init(.inProgress), output: [], into: &bytes)
        return bytes
    }

    /// What a response in progress becomes.
    /// - Parameter response: what ``inProgress(_:_:)`` said.
    package static func ended(_ response: ByteBuffer, _ ending: Ending) -> ByteBuffer {
        guard case .object(var object)? = try? JSONValue(reading: response) else { return response }
        switch ending {
        case .cancelled:
            object["status"] = .string(ResponseObject.Status.cancelled.rawValue)
        case .failed(let error):
            object["status"] = .string(ResponseObject.Status.failed.rawValue)
            object["error"] = ResponseObject.error(error, code: error.reason)
        case .refused(let status, let body):
            object["status"] = .string(ResponseObject.Status.failed.rawValue)
            object["error"] = Self.error(status: status, body: body)
        }
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(object))
        return bytes
    }

    /// A failed response without what had been said until then; `nil` for one that has not failed.
    package static func failedWithoutOutput(_ response: ByteBuffer) -> ByteBuffer? {
        guard case .object(var object)? = try? JSONValue(reading: response),
            object["status"]?.string == ResponseObject.Status.failed.rawValue
        else { return nil }
        object["output"] = []
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(object))
        return bytes
    }

    /// Whether a response object is one in the background.
    package static func isInBackground(_ response: ByteBuffer) -> Bool {
        (try? JSONValue(reading: response))?["background"]?.bool ?? false
    }

    /// Whether the answer of a response object is still being made.
    package static func isInProgress(_ response: ByteBuffer) -> Bool {
        (try? JSONValue(reading: response))?["status"]?.string == ResponseObject.Status.inProgress.rawValue
    }

    /// Why no chain may go on from a response, by how it ended; `nil` when one may.
    package static func refusalToGoOn(from id: String, _ response: JSONValue) -> GatewayError? {
        let why: String
        switch response["status"]?.string {
        case ResponseObject.Status.inProgress.rawValue:
            why = "is still in progress. Wait until its status is completed"
        case ResponseObject.Status.failed.rawValue:
            why = "has failed and has no whole answer. Ask for it again"
        case ResponseObject.Status.cancelled.rawValue:
            why = "was cancelled and has no whole answer. Ask for it again"
        default:
            return nil
        }
        return GatewayError(
            .invalidRequest,
            "The previous response '\(id)' \(why), or go on from an earlier one.",
            parameter: "previous_response_id"
        )
    }

    private static func error(status: Int, body: ByteBuffer) -> JSONValue {
        let said = (try? JSONValue(reading: body))?["error"]
        let code: GatewayError.Code =
            switch status {
            case 429: .upstreamBusy
            case 400..<500: .invalidRequest
            default: .upstreamFailed
            }
        let error = GatewayError(code, said?["message"]?.string ?? "The model server failed.")
        // The one finer word that clients act on.
        let isTooLong = said?["code"]?.string == "context_length_exceeded"
        return ResponseObject.error(error, code: isTooLong ? "context_length_exceeded" : nil)
    }
}
