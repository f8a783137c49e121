package import NIOCore
package import Vocabulary

/// The shapes of OpenAI's Responses API that are not the answer itself.
package enum Responses {
    /// The id of a response.
    package static func id(_ identity: AnswerIdentity) -> String { "resp_\(identity.digits)" }

    /// The response that an item's id names, as those do that are given here: `msg_<digits>`, `fc_<digits>_1`.
    package static func response(ofItem id: String) -> String? {
        let parts = id.split(separator: "_")
        return parts.count < 2 ? nil : "resp_\(parts[1])"
    }

    /// The ids of items that do not name the response which they are of: a model server gave them, or the caller.
    package static func foreignIDs(of items: [JSONValue], in response: String) -> [String] {
        items.compactMap { Self.foreignID(of: $0, in: response) }
    }

    /// An item's id, if it does not name the response which the item is of.
    static func foreignID(of item: JSONValue, in response: String) -> String? {
        guard let id = item["id"]?.string, item["type"]?.string != "item_reference" else { return nil }
        // Looked at byte by byte: there may be very many.
        guard let mark = id.utf8.firstIndex(of: UInt8(ascii: "_")), mark > id.startIndex else { return id }
        let rest = id.utf8[id.utf8.index(after: mark)...]
        let digits = response.utf8.dropFirst("resp_".utf8.count)
        guard rest.starts(with: digits) else { return id }
        let next = rest.dropFirst(digits.count).first
        return next == nil || next == UInt8(ascii: "_") ? nil : id
    }

    /// That a chain cannot be gone on from. OpenAI says it with 400 and the code `previous_response_not_found`; Codex
    /// then sends everything again.
    package static func previousResponseNotFound(_ id: String) -> GatewayError {
        var error = GatewayError(
            .invalidRequest,
            "Previous response with id '\(id)' not found.",
            parameter: "previous_response_id"
        )
        error.reason = "previous_response_not_found"
        return error
    }

    /// That no response of this id is stored (404).
    package static func notFound(_ id: String) -> GatewayError {
        GatewayError(.unknownRoute, "Response with id '\(id)' not found.", parameter: "response_id")
    }

    /// That a response cannot be cancelled by its id (400): only those in the background can.
    package static func notInBackground(_ id: String) -> GatewayError {
        GatewayError(
            .invalidRequest,
            "Cannot cancel the response '\(id)': it is not in the background. Close its connection instead.",
            parameter: "response_id"
        )
    }

    /// An error as a whole answer.
    ///
    /// - Parameter code: the word for machines where a cause has a finer one than its ``GatewayError/Code``, such as
    ///   `context_length_exceeded`.
    package static func errorBody(_ error: GatewayError, requestID: String, code: String? = nil) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeStaticString("{\"error\":")
        body.writeJSON(Self.errorObject(error, code: code))
        body.writeStaticString("}")
        return body
    }

    /// OpenAI's error object; its keys are those of Chat.
    static func errorObject(_ error: GatewayError, code: String? = nil) -> JSONValue {
        [
            "message": .string(error.message),
            "type": .string(error.code.openAI.type),
            "param": error.parameter.map { .string($0) } ?? .null,
            "code": (code ?? error.openAICode).map { .string($0) } ?? .null,
        ]
    }

    /// The answer to `POST /v1/responses/input_tokens`.
    package static func inputTokens(_ count: Int) -> ByteBuffer {
        ByteBuffer(string: "{\"object\":\"response.input_tokens\",\"input_tokens\":\(count)}")
    }

    /// The answer to `DELETE /v1/responses/{id}`.
    package static func deleted(id: String) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeJSON(["id": .string(id), "object": "response.deleted", "deleted": true])
        return body
    }
}
