internal import Accounts
internal import Alerts
internal import Ledger
internal import Routing
internal import SQLiteStore

/// What is there before anything is served: what can be wrong with a configuration or a data directory has been found by then.
struct Groundwork {
    let configuration: RelayConfiguration
    let books: Books
    let registry: Registry
    /// The relay whose place this one takes.
    let predecessor: Predecessor?
    /// Where stored responses are written down, if that is wanted.
    let responses: SQLiteResponses?
    let certificate: CertificateReload
    /// What alerts are signed with.
    let signature: WebhookSignature?
    let machinery: Machinery

    var directory: Directory { self.books.directory }
    var ledger: Ledger { self.books.ledger }
    var store: SQLiteStore { self.books.storage.store }
    var data: DataDirectory { self.books.storage.data }
}
