private import Administration

/// The relay's data directory: what lies in it, and under which name.
struct DataDirectory: Hashable, Sendable {
    let path: String

    /// Makes it, for its owner only; one that exists stays as it is.
    func make() throws { try PrivateFile.makeDirectory(self.path) }

    /// Accounts, balances, usage and the audit log.
    var database: String { self.path + "/adit.sqlite" }
    /// What the secrets in the database are hashed with.
    var serverSecret: String { self.path + "/server-secret" }
    /// Stored responses, where they are to outlive the process.
    var responses: String { self.path + "/responses.sqlite" }
    /// See ``DataLock``.
    var lock: String { self.path + "/lock" }
    /// See ``DevelopmentCertificate``.
    var developmentTLS: String { self.path + "/dev-tls" }

    /// Where the relay is administered.
    var administration: String { AdministrationSocket(data: self.path).path }
    /// Where that socket is while another relay has asked for the place: nobody finds it there.
    var administrationAside: String { self.administration + ".aside" }
    /// The Unix socket on which another relay asks for the place; see ``HandoverWord``.
    var handover: String { self.path + "/next.sock" }
    /// Where that socket is bound before it has its mode: in the directory that the administration socket has made for its own.
    var handoverDraft: String { AdministrationSocket(data: self.path).draftDirectory + "/n" }
}
