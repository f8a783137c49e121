internal import Vocabulary

/// What callers are told who may not come in. Whether a key exists is said only to those who have its secret.
extension GatewayError {
    static var wrongKey: Self {
        Self(.invalidKey, "The API key is wrong. Check it, or ask whoever gave it to you for a new one.")
    }

    static var disabledKey: Self {
        Self(.invalidKey, "This API key is disabled. Ask whoever gave it to you.")
    }

    static var expiredKey: Self {
        Self(.invalidKey, "This API key has expired. Ask whoever gave it to you for a new one.")
    }

    static func forbidden(_ model: String) -> Self {
        Self(
            .forbidden,
            "Your API key may not use the model «\(model.prefix(128))». GET /v1/models lists those that it may use.",
            parameter: "model"
        )
    }

    static func unknown(_ model: String) -> Self {
        Self(
            .unknownDeployment,
            "The model «\(model.prefix(128))» does not exist. GET /v1/models lists those that you may use.",
            parameter: "model"
        )
    }

    static func disabled(_ model: String) -> Self {
        Self(
            .unknownDeployment,
            "The model «\(model)» is disabled. GET /v1/models lists those that you may use.",
            parameter: "model"
        )
    }
}
