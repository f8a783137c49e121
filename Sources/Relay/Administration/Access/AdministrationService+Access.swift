internal import Accounts
private import HTTPTypes
internal import Hummingbird
private import Logging
internal import Vocabulary

/// Who may ask for what.
extension AdministrationService {
    /// Finds out who asks, and refuses those who may not.
    func admit(_ request: Request, _ context: AdministrationContext, to operation: Operation) throws -> Principal? {
        if operation.access == .everyone { return nil }
        let principal = try self.identify(request, context)
        guard operation.access == .user || principal.isAdministrator else {
            throw Problem(.forbidden, "Only administrators may do this; what is your own lies under /me.")
        }
        guard operation.method == .get || principal.mayWrite else {
            throw Problem(.forbidden, "This token may read only: make one with the scope write.")
        }
        return principal
    }

    private func identify(_ request: Request, _ context: AdministrationContext) throws -> Principal {
        guard case .network(let address) = context.door else { return .local }
        if let authorization = request.headers[.authorization] {
            return try self.holder(of: authorization, from: address)
        }
        if let cookie = request.headers[.cookie], let secret = SessionCookie.secret(in: cookie) {
            return try self.signedIn(secret, request)
        }
        throw Problem(
            .unauthorized,
            "Sign in with POST session, or send an administration token as «Authorization: Bearer at-adit-…».",
            headers: [.wwwAuthenticate: "Bearer"]
        )
    }

    private func holder(of authorization: String, from address: NetworkAddress?) throws -> Principal {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        if parts.count == 2, parts[0].lowercased() == "bearer",
            let (token, user) = self.directory.adminToken(secret: parts[1])
        {
            return Principal(means: .token(token), user: user)
        }
        // Good tokens are never held up; wrong ones are told to wait.
        if let wait = self.doorkeeper.attempt(address.map { [.init($0)] } ?? [], now: self.directory.now()) {
            throw Problem.patience(wait)
        }
        throw Problem(
            .unauthorized,
            "The token is none, is revoked or has expired. «adit-relay admin-token list» shows those that exist.",
            headers: [.wwwAuthenticate: "Bearer error=\"invalid_token\""]
        )
    }

    private func signedIn(_ secret: String, _ request: Request) throws -> Principal {
        let digest = self.directory.digest(of: secret[...])
        guard let session = self.sessions.use(digest, now: self.directory.now()),
            let user = self.directory.user(with: session.user), !user.isDisabled, user.password == session.password
        else {
            self.sessions.end(digest)
            throw Problem(
                .unauthorized,
                "The session has ended: sign in again.",
                headers: [.setCookie: SessionCookie.clear]
            )
        }
        if request.method != .get { try Self.checkOwnPage(request, session) }
        return Principal(means: .session(session), user: user)
    }

    /// Refuses a change that somebody else's page has made the browser send.
    private static func checkOwnPage(_ request: Request, _ session: Session) throws(Problem) {
        guard let csrf = HTTPField.Name(SessionCookie.csrfHeader).flatMap({ request.headers[$0] }),
            csrf.isSameSecret(as: session.csrf)
        else {
            throw Problem(
                .forbidden,
                "A change with a session needs the session's csrf_token in the header \(SessionCookie.csrfHeader)."
            )
        }
        if let origin = request.headers[.origin], let host = request.head.authority,
            origin.split(separator: "/").last.map(String.init) != host
        {
            throw Problem(.forbidden, "The page at \(origin.prefix(100)) may not change anything here.")
        }
    }
}

extension Problem {
    /// Too many attempts have failed.
    static func patience(_ seconds: Int) -> Problem {
        Problem(
            .tooManyRequests,
            "Too many attempts have failed: try again in \(seconds) second\(seconds == 1 ? "" : "s").",
            headers: [.retryAfter: "\(seconds)"]
        )
    }
}
