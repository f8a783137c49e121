internal import Accounts
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

    static var replacedKey: Self {
        Self(.invalidKey, "This API key was replaced by a new one. Ask whoever gave it to you for that.")
    }

    static var disabledUser: Self {
        Self(.invalidKey, "The user of this API key is disabled. Ask whoever gave it to you.")
    }

    static func tooManyWrongKeys(_ address: NetworkAddress, wait: Int) -> Self {
        Self(
            .rateLimited,
            "The API key is wrong, and too many wrong keys have come from \(address). Check the key, and try again in"
                + " \(wait) seconds.",
            retryAfter: wait
        )
    }

    static func wrongAddress(_ address: NetworkAddress?) -> Self {
        Self(
            .forbidden,
            "Your API key may not be used from \(address.map { "\($0)" } ?? "an unknown address")."
                + " Ask whoever gave it to you."
        )
    }

    static func otherDialects(_ group: Group) -> Self {
        Self(
            .unknownRoute,
            "There is nothing here for your API key: its group may call \(group.dialects.words.joined(separator: ", "))"
                + " only. Use a key of another group, or call in another way."
        )
    }

    static var notStreamed: Self {
        Self(
            .invalidRequest,
            "Your API key may not stream: leave out \"stream\", or send \"stream\": false.",
            parameter: "stream"
        )
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
