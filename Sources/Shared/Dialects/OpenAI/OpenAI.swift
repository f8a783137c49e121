package import NIOCore
package import Vocabulary

/// One model of a list.
package struct ModelCard: Hashable, Sendable {
    package var id: String
    /// What leads to it too.
    package var otherNames: [String]
    /// Seconds since 1970.
    package var created: Int
    package var ownedBy: String
    /// Tokens that it takes, where a connector knows.
    package var contextLength: Int?

    package init(
        id: String,
        otherNames: [String] = [],
        created: Int,
        ownedBy: String,
        contextLength: Int? = nil
    ) {
        self.id = id
        self.otherNames = otherNames
        self.created = created
        self.ownedBy = ownedBy
        self.contextLength = contextLength
    }

    /// The model of a name, called by that name; `nil` when none is.
    package static func named(_ name: String, in models: [ModelCard]) -> ModelCard? {
        guard var model = models.first(where: { $0.id == name || $0.otherNames.contains(name) }) else { return nil }
        model.id = name
        return model
    }
}

/// The shapes of OpenAI's API.
package enum OpenAI {
    /// The list of models (`GET /v1/models`).
    package static func modelList(_ models: [ModelCard]) -> ByteBuffer {
        var body = ByteBuffer(string: "{\"object\":\"list\",\"data\":[")
        for (index, model) in models.enumerated() {
            if index > 0 { body.writeString(",") }
            Self.write(model, to: &body)
        }
        body.writeString("]}")
        return body
    }

    /// One model (`GET /v1/models/{id}`).
    package static func model(_ model: ModelCard) -> ByteBuffer {
        var body = ByteBuffer()
        Self.write(model, to: &body)
        return body
    }

    /// Every `code` that the relay says of itself.
    package static let errorCodes: Set<String> = Set(GatewayError.Code.allCases.compactMap(\.openAI.code)).union([
        "context_length_exceeded", "invalid_stream_id", "previous_response_not_found",
    ])

    /// An error as a whole answer.
    package static func errorBody(_ error: GatewayError) -> ByteBuffer {
        var body = ByteBuffer()
        let names = (error.code.openAI.type, error.openAICode)
        Self.writeError(error.message, names, parameter: error.parameter, to: &body)
        return body
    }

    static func writeError(
        _ message: String,
        _ names: (type: String, code: String?),
        parameter: String?,
        to body: inout ByteBuffer
    ) {
        body.writeString("{\"error\":{\"message\":")
        body.writeJSONString(message)
        body.writeString(",\"type\":")
        body.writeJSONString(names.type)
        body.writeString(",\"param\":")
        body.writeOptionalJSONString(parameter)
        body.writeString(",\"code\":")
        body.writeOptionalJSONString(names.code)
        body.writeString("}}")
    }

    private static func write(_ model: ModelCard, to body: inout ByteBuffer) {
        body.writeString("{\"id\":")
        body.writeJSONString(model.id)
        body.writeString(",\"object\":\"model\",\"created\":\(model.created),\"owned_by\":")
        body.writeJSONString(model.ownedBy)
        body.writeString("}")
    }
}

extension ByteBuffer {
    fileprivate mutating func writeOptionalJSONString(_ text: String?) {
        if let text { self.writeJSONString(text) } else { self.writeString("null") }
    }
}

extension GatewayError {
    /// `code` of OpenAI's error object.
    var openAICode: String? {
        if let reason { return reason }
        return switch (self.code, self.parameter) {
        // It can only be wrong in one way that machines care for.
        case (.invalidRequest, "stream_id"): "invalid_stream_id"
        // A response that is not there is no model that is not there.
        case (_, "response_id"): nil
        default: self.code.openAI.code
        }
    }

    /// The same error with the word that a service wants to be said.
    package func worded(by codes: ErrorCodes) -> GatewayError {
        var error = self
        error.reason = codes.word(for: self.openAICode, status: self.code.status)
        return error
    }
}

extension GatewayError.Code {
    /// `type` and `code` of OpenAI's error object. SDKs choose their exception by the status, people by these.
    var openAI: (type: String, code: String?) {
        switch self {
        case .invalidRequest, .keyInQuery, .methodNotAllowed, .requestTimeout, .bodyTooLarge, .unsupportedMediaType,
            .headerTooLarge:
            ("invalid_request_error", nil)
        case .invalidKey: ("invalid_request_error", "invalid_api_key")
        case .insufficientBalance: ("billing_error", "insufficient_balance")
        case .insufficientTokens: ("billing_error", "insufficient_tokens")
        case .forbidden: ("permission_error", nil)
        case .unknownDeployment, .unknownRoute: ("invalid_request_error", "model_not_found")
        case .quotaExhausted: ("insufficient_quota", "insufficient_quota")
        case .rateLimited, .upstreamBusy: ("rate_limit_error", "rate_limit_exceeded")
        case .idempotencyConflict: ("invalid_request_error", "idempotency_conflict")
        case .internalError: ("server_error", nil)
        case .accountingFailed: ("server_error", "api_error")
        case .upstreamFailed: ("server_error", "bad_gateway")
        case .limiterUnavailable: ("server_error", "rate_limit_unavailable")
        case .connectorOffline: ("server_error", "connector_offline")
        case .relayUnavailable: ("server_error", "relay_unavailable")
        case .upstreamTimeout: ("server_error", "timeout")
        }
    }
}
