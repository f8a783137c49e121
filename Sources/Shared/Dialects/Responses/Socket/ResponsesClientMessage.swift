package import NIOCore
package import Vocabulary

/// What a client says on a WebSocket: one JSON object for each text message.
package enum ResponsesClientMessage: Hashable, Sendable {
    /// A turn: `body` is for ``ResponsesRequest``.
    case create(body: JSONValue, generates: Bool, lane: String?)
    /// Input for a response that is being made; nothing here can take it. Answer with
    /// ``Responses/steerFailed(_:lane:)``.
    case steer(previousResponseID: String?, lane: String?)

    /// Reads a message.
    /// - Throws: `invalidRequest`; the connection goes on after ``Responses/errorMessage(_:code:lane:)``.
    package init(reading text: ByteBuffer) throws(GatewayError) {
        let value: JSONValue
        do {
            value = try JSONValue(reading: text)
        } catch {
            throw GatewayError(.invalidRequest, "The message is not JSON: \(error.reason) at byte \(error.offset).")
        }
        let fields = try ResponsesRequest.Fields(value, path: "")
        let lane = try Self.lane(fields)
        switch try fields.requiredString("type") {
        case "response.create":
            let prewarms = try fields.fields("prompt_cache_options")?.bool("prewarm") ?? false
            let generates = try fields.bool("generate") ?? true
            var body = fields.object
            for key in ["type", "stream_id", "generate", "background"] { body[key] = nil }
            // Codex says it, others do not; here every answer comes in events.
            body["stream"] = true
            self = .create(body: .object(body), generates: generates && !prewarms, lane: lane)
        case "response.steer":
            self = .steer(previousResponseID: try fields.string("previous_response_id"), lane: lane)
        case let type:
            throw fields.refusal("type", "is not a type of message that is known here: «\(type)».")
        }
    }

    /// The lane of a message that cannot be understood, so that its error is told there; `nil` when it names none.
    package static func lane(in text: ByteBuffer) -> String? {
        guard let value = try? JSONValue(reading: text), let fields = try? ResponsesRequest.Fields(value, path: "")
        else { return nil }
        return try? Self.lane(fields)
    }

    private static func lane(_ fields: ResponsesRequest.Fields) throws(GatewayError) -> String? {
        guard let lane = try fields.string("stream_id") else { return nil }
        let isRight = (1...256).contains(lane.utf8.count) && lane.utf8.allSatisfy(Self.isLaneCharacter)
        guard isRight else {
            throw fields.refusal("stream_id", "must be 1 to 256 of the characters A–Z, a–z, 0–9, «_», «.» and «-».")
        }
        return lane
    }

    private static func isLaneCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension Responses {
    /// An error as a message of a WebSocket, which it does not end.
    ///
    /// Only `status` says the status: Codex takes `status_code` for the same field and refuses a message with both.
    package static func errorMessage(_ error: GatewayError, code: String? = nil, lane: String? = nil) -> ByteBuffer {
        var message = JSONObject([
            ("type", "error"), ("status", JSONValue(error.code.status)),
            ("error", Self.errorObject(error, code: code)),
        ])
        message["stream_id"] = lane.map { .string($0) }
        return Self.text(message)
    }

    /// An error that an HTTP answer would say, as a message of a WebSocket.
    /// - Parameters:
    ///   - status: its HTTP status.
    ///   - body: the body that the answer would have, with OpenAI's error object under `error`.
    package static func errorMessage(status: Int, body: ByteBuffer, lane: String?) -> ByteBuffer {
        let error = (try? JSONValue(reading: body))?["error"] ?? ["message": "The model server failed."]
        var message = JSONObject([("type", "error"), ("status", JSONValue(status)), ("error", error)])
        message["stream_id"] = lane.map { .string($0) }
        return Self.text(message)
    }

    /// That a connection is as old as one may be; it is closed afterwards.
    /// - Parameter lane: the lane of a turn that is not begun for this reason; `nil` for the connection itself.
    package static func connectionLimitReached(minutes: Int, lane: String? = nil) -> ByteBuffer {
        let error = GatewayError(.invalidRequest, "This connection has reached its limit of \(minutes) minutes.")
        return Self.errorMessage(error, code: "websocket_connection_limit_reached", lane: lane)
    }

    /// That a connection has as many lanes as it may have.
    package static func laneLimitReached(_ limit: Int, lane: String) -> ByteBuffer {
        let error = GatewayError(
            .upstreamBusy,
            "This connection has reached its limit of \(limit) named streams.",
            parameter: "stream_id"
        )
        return Self.errorMessage(error, code: "websocket_stream_limit_reached", lane: lane)
    }

    /// The answer to `response.steer`.
    package static func steerFailed(_ previousResponseID: String?, lane: String?) -> ByteBuffer {
        var message = JSONObject([
            ("type", "response.steer.failed"),
            ("previous_response_id", previousResponseID.map { .string($0) } ?? .null),
            (
                "error",
                [
                    "code": "steering_not_supported",
                    "message": "Input cannot be added to a response that is being made here.",
                ]
            ),
        ])
        message["stream_id"] = lane.map { .string($0) }
        return Self.text(message)
    }

    private static func text(_ message: JSONObject) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(message))
        return bytes
    }
}
