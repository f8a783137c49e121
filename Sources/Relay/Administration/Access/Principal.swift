internal import Accounts

/// Whoever asks the API for something.
struct Principal: Sendable {
    /// What showed who it is.
    enum Means: Hashable, Sendable {
        /// The relay's own socket, which only its owner may open.
        case socket
        case token(AdminToken)
        case session(Session)
    }

    var means: Means
    /// `nil` through the socket.
    var user: User?

    static let local = Principal(means: .socket, user: nil)

    /// Whether everything may be seen, and not the user's own only.
    var isAdministrator: Bool { self.user.map { $0.role == .administrator } ?? true }

    var mayWrite: Bool {
        if case .token(let token) = self.means { token.scope == .write } else { true }
    }

    /// What the audit log says of it.
    var name: String { self.user?.id.rawValue ?? "local" }

    var meansName: String {
        switch self.means {
        case .socket: "socket"
        case .token(let token): token.id.rawValue
        case .session: "session"
        }
    }
}
