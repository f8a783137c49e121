package import FoundationEssentials

/// Somebody who is signed in, as the API shows it.
package struct SessionDocument: Codable, Hashable, Sendable {
    package var user: UserDocument
    /// What a change needs in the header `adit-csrf`.
    package var csrfToken: String
    /// When the session ends in any case.
    package var expiresAt: Date

    /// The body of `POST session`.
    package struct Creation: RequestDocument, Encodable {
        package var email: String
        package var password: String
    }
}

/// A password that is set, for somebody or for oneself.
package enum PasswordDocument {
    /// The body of `PUT users/{user}/password`.
    package struct Setting: RequestDocument, Encodable {
        package var password: String

        package init(password: String) {
            self.password = password
        }
    }

    /// The body of `PUT me/password`.
    package struct Change: RequestDocument, Encodable {
        package var currentPassword: String
        package var password: String
    }
}

private let passwordSchema = JSON.string("12 characters at least.", longest: 1_024, isSecret: true)

extension SessionDocument: Described {
    static let schema = RecordSchema(
        "Session",
        "Somebody who is signed in.",
        [
            .must("user", .record(UserDocument.schema)),
            .must("csrf_token", .string("What a change needs in the header adit-csrf.")),
            .must("expires_at", .time("When the session ends in any case.")),
        ]
    )
}

extension SessionDocument.Creation {
    static let schema = RecordSchema(
        "SessionCreation",
        "Who signs in.",
        [
            .must("email", .string("The e-mail address.", longest: 254)),
            .must("password", .string("The password.", longest: 1_024, isSecret: true)),
        ]
    )
}

extension PasswordDocument.Setting {
    static let schema = RecordSchema("PasswordSetting", "A new password.", [.must("password", passwordSchema)])
}

extension PasswordDocument.Change {
    static let schema = RecordSchema(
        "PasswordChange",
        "A new password in the place of one's own.",
        [
            .must("current_password", .string("The password until now.", longest: 1_024, isSecret: true)),
            .must("password", passwordSchema),
        ]
    )
}
