internal import Accounts
private import Administration
internal import Admission
internal import Ledger
internal import Logging
internal import Routing
internal import SQLiteStore

/// What a relay keeps on disk, opened and nobody else's, but not yet read.
struct Storage {
    let data: DataDirectory
    let lock: DataLock
    let hasher: SecretHasher
    let store: SQLiteStore

    /// - Parameter lock: what the relay gave whose place this one takes.
    /// - Throws: when another relay runs on the data directory, or a file there cannot be used.
    init(_ data: DataDirectory, lock: DataLock?) async throws {
        self.data = data
        // Before anything is read or changed: two relays must not keep one book.
        self.lock = try lock ?? DataLock(data)
        try await AdministrationSocket(path: data.administration).claim()
        self.hasher = try SecretHasher(file: data.serverSecret)
        self.store = try SQLiteStore(path: data.database)
    }
}

/// The accounts and the money, read from storage: from here on memory says what holds, and the disk follows.
struct Books {
    let storage: Storage
    let directory: Directory
    let ledger: Ledger
    let quotas: QuotaKeeper

    /// - Parameter registry: where the tunnels of a revoked token are ended.
    init(_ storage: Storage, keyPrefix: String, registry: Registry, logger: Logger) async throws {
        self.storage = storage
        self.directory = try await Directory(
            store: storage.store,
            hasher: storage.hasher,
            observer: TunnelCutter(registry: registry),
            keyPrefix: keyPrefix,
            now: Clocks.seconds
        )
        self.ledger = try await Ledger(
            store: storage.store,
            observer: LedgerLog(logger: logger),
            now: Clocks.milliseconds,
            uptime: Clocks.uptimeMilliseconds
        )
        self.quotas = QuotaKeeper(try await storage.store.loadQuotaUse(), now: Clocks.seconds)
    }

    /// Whether there is money in them, or something like it, that only one relay at a time may keep account of.
    var mustNotBeShared: Bool {
        self.ledger.openReservations > 0 || self.directory.groups().contains { $0.isBilled }
            || self.directory.keys().contains { $0.quota != .none }
    }
}
