/// The id of a caller's key: `key_` and sixteen letters and digits. Not secret.
package struct KeyID: Hashable, Sendable, CustomStringConvertible {
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package var description: String { self.rawValue }
}

/// The id of a tunnel token: `tok_` and sixteen letters and digits. Not secret.
package struct TunnelTokenID: Hashable, Sendable, CustomStringConvertible {
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package var description: String { self.rawValue }
}

/// The id of an administration token: `adm_` and sixteen letters and digits. Not secret.
package struct AdminTokenID: Hashable, Sendable, CustomStringConvertible {
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package var description: String { self.rawValue }
}

/// The id of a user.
package struct UserID: Hashable, Sendable, CustomStringConvertible {
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Whoever hosts the relay; exists from the first start.
    package static let first = UserID(rawValue: "usr_default")

    package var description: String { self.rawValue }
}

/// The id of a group, which is what keys share.
package struct GroupID: Hashable, Sendable, CustomStringConvertible {
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The group of every key that names no other; exists from the first start.
    package static let first = GroupID(rawValue: "grp_default")

    package var description: String { self.rawValue }
}
