internal import Foundation
private import Logging
internal import NIOCore
private import SQLiteStore
private import Synchronization
internal import Vocabulary

@testable import Accounts
@testable import Administration
@testable import Ledger

/// The API behind the public port, with a clock to set.
final class DeskFixture: Sendable {
    let directory: Directory
    let trail = MemoryTrail()
    let service: AdministrationService
    private let desk: AdministrationDesk
    private let clock: Clock
    private let ledger: Ledger
    private let folder: String
    private let writing: Task<Void, Never>

    /// A clock that stands until it is set.
    private final class Clock: Sendable {
        let seconds = Mutex(1_800_000_000)
    }

    init() async throws {
        let clock = Clock()
        self.clock = clock
        self.directory = try await Directory(
            store: MemoryStore(),
            hasher: SecretHasher(serverSecret: Array(repeating: 7, count: 32)),
            now: { clock.seconds.withLock { $0 } }
        )
        self.folder = FileManager.default.temporaryDirectory.path + "/desk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: self.folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        let ledger = try await newLedger(in: self.folder) { Int64(clock.seconds.withLock { $0 }) * 1_000 }
        self.ledger = ledger
        self.writing = Task { await ledger.run() }
        self.service = AdministrationService(
            directory: self.directory,
            status: FixedStatus(directory: self.directory),
            trail: self.trail,
            passwordCost: .init(logRounds: 4, blockSize: 8, parallelism: 1),
            socket: "/none/admin.sock",
            ledger: ledger,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        self.desk = AdministrationDesk(self.service)
    }

    deinit {
        self.writing.cancel()
        try? FileManager.default.removeItem(atPath: self.folder)
    }

    /// Charges a member for a call, of which a record is kept.
    func pay(_ call: String, as name: String = "ada") async throws {
        let holder = HolderID(rawValue: try self.directory.user(name).id.rawValue)
        _ = try await self.ledger.topUp(MicroCredits(100), of: holder, note: "")
        let call = CallID(rawValue: call)
        try self.ledger.reserve(MicroCredits(50), of: holder, for: call)
        var record = UsageRecord(
            call: call,
            time: self.ledger.now(),
            key: "key_1",
            holder: holder,
            deployment: "m",
            endpoint: "chat",
            isStreamed: true,
            status: 200,
            duration: 9
        )
        record.tariff = Tariff(input: 1, cachedInput: 1, output: 1)
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            self.ledger.settle(call, cost: MicroCredits(20), record: record) { result in
                done.resume(with: result.mapError { $0 })
            }
        }
    }

    func wait(seconds: Int) { self.clock.seconds.withLock { $0 += seconds } }

    /// Asks as somebody with a secret, or with other headers.
    func ask(
        _ method: String,
        _ path: String,
        _ body: String = "",
        token: String? = nil,
        headers: [(name: String, value: String)] = [],
        from address: String = "192.0.2.1"
    ) async -> DeskAnswer {
        var headers = headers
        if let token { headers.append(("authorization", "Bearer \(token)")) }
        let answer = await self.desk.answer(
            .init(
                method: method,
                target: AdministrationAPI.basePath + path,
                authority: "relay.example.com",
                headers: headers,
                body: body.utf8.count > AdministrationAPI.bodyLimit ? nil : ByteBuffer(string: body),
                address: NetworkAddress(address)
            )
        )
        return DeskAnswer(
            status: answer.status,
            headers: Dictionary(answer.headers.map { ($0.name.lowercased(), $0.value) }) { $1 },
            text: String(buffer: answer.body)
        )
    }

    /// An administration token's secret.
    func token(_ scope: AdminToken.Scope, user: String = "default", expires: Int? = nil) async throws -> String {
        try await self.directory.createAdminToken(label: "", user: user, scope: scope, expires: expires).1
    }

    /// A member with a password, who may make keys.
    func makeMember(_ name: String = "ada") async throws {
        let hash = try PasswordHash("correct horse battery", cost: .init(logRounds: 4, blockSize: 8, parallelism: 1))
        _ = try await self.directory.createUser(name: name) { user in
            user.email = "\(name)@example.com"
            user.password = hash
            user.selfService = SelfService(group: .first, mostKeys: 2)
        }
    }

    func signIn(
        _ name: String = "ada",
        password: String = "correct horse battery",
        from address: String = "192.0.2.1"
    ) async -> DeskAnswer {
        await self.ask(
            "POST",
            "/session",
            #"{"email":"\#(name)@example.com","password":"\#(password)"}"#,
            from: address
        )
    }

    /// The headers of somebody who has signed in.
    func session(_ name: String = "ada") async throws -> [(name: String, value: String)] {
        let answer = await self.signIn(name)
        guard let cookie = answer.cookie, let csrf = answer.json["csrf_token"] as? String else { throw NoSession() }
        return [("cookie", cookie), ("adit-csrf", csrf)]
    }
}

struct NoSession: Error {}

/// A ledger that nobody has anything in.
func newLedger(in folder: String, now: @escaping @Sendable () -> Int64) async throws -> Ledger {
    try await Ledger(
        store: SQLiteStore(path: folder + "/adit.sqlite"),
        observer: NoObserver(),
        now: now,
        uptime: now
    )
}

private struct NoObserver: LedgerObserver {
    func released(afterCrash count: Int) {}
    func writingFailed(_ reason: String, entries: Int) {}
    func writingWorks() {}
    func released(expired count: Int) {}
    func recordsDropped(_ count: Int) {}
}

struct DeskAnswer: Sendable {
    var status: Int
    var headers: [String: String]
    var text: String

    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(self.text.utf8)) as? [String: Any]) ?? [:] }
    var list: [[String: Any]] {
        (try? JSONSerialization.jsonObject(with: Data(self.text.utf8)) as? [[String: Any]]) ?? []
    }
    var detail: String { self.json["detail"] as? String ?? "" }
    /// The cookie as a browser sends it back.
    var cookie: String? { self.headers["set-cookie"]?.split(separator: ";").first.map(String.init) }
}
