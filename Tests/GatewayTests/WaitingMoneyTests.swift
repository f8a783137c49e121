import Accounts
import Admission
import Dialects
import Foundation
import Logging
import NIOCore
import NIOEmbedded
import Routing
import SQLiteStore
import Synchronization
import Testing
import Vocabulary

@testable import Gateway
@testable import Ledger

@Suite("Money that waiting calls hold")
struct WaitingMoneyTests {
    private let id = CallID(high: 1, low: 2)
    private let holder = HolderID(rawValue: "usr_default")
    /// Milliseconds since 1970.
    private let clock = Clock()

    /// A ledger whose only holder has a little.
    private func ledger(_ store: SQLiteStore) async throws -> Ledger {
        let topUp = Movement(.topUp, from: .cash, to: .available(self.holder), amount: MicroCredits(100), time: 1)
        try await store.write([LedgerEntry(first: topUp)])
        let clock = self.clock
        return try await Ledger(store: store, observer: Unheard(), now: { clock.now }, uptime: { clock.now })
    }

    private func charge(_ ledger: Ledger) throws -> Charge {
        try ledger.reserve(MicroCredits(40), of: self.holder, for: self.id)
        return Charge(
            ledger: ledger,
            holder: self.holder,
            tariff: Tariff(input: 1, cachedInput: 1, output: 1),
            vanishedClient: .paysProduced,
            missingUsage: .isFree,
            prompt: 1
        )
    }

    private func waitingCall(_ charge: Charge, _ directory: Directory) async throws -> WaitingCall {
        let (_, secret) = try await directory.createKey(label: "", expires: nil, allowedModels: [])
        let gatekeeper = Gatekeeper(directory: directory, wrongKeys: WrongKeys(now: { 0 }))
        let credential = try Credential(authorization: "Bearer \(secret)", apiKey: nil, googleKey: nil)
        let loop = EmbeddedEventLoop()
        let body = ByteBuffer(string: #"{"model":"public","messages":[{}]}"#)
        var scanner = RequestScanner()
        scanner.scan(body)
        let call = Call(
            id: self.id,
            endpoint: .chatCompletions,
            deployment: try #require(DeploymentName("public")),
            key: "key_x",
            user: self.holder.rawValue,
            form: .passed(try PreparedRequest(try scanner.finish().get(), endpoint: .chatCompletions), body: body),
            passedHeaders: [],
            bytesIn: body.readableBytes,
            arrived: .now(),
            complete: .now()
        )
        let gateway = Gateway(
            gatekeeper: gatekeeper,
            registry: Registry(relay: "relay-1"),
            observer: Ended(),
            times: Gateway.Times(),
            workshop: NoWork(),
            images: LinkedImages(source: nil, most: 0),
            splitsThinkTags: true,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            billing: Billing(ledger: charge.ledger),
            quotas: QuotaKeeper(now: { 1_800_000_000 }),
            now: { 1_800_000_000 }
        )
        let caller = Caller(key: try gatekeeper.authenticate(credential))
        return WaitingCall(
            AdmittedCall(call: call, caller: caller, stake: Gateway.Stake(charge: charge)),
            of: gateway,
            lane: CallLane(eventLoop: loop, number: 0, seed: 0, time: 0),
            answeringTo: Deaf()
        )
    }

    @Test("a call may wait for longer than its money is held without a word")
    func lease() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/waiting-\(UUID().uuidString).sqlite"
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let store = try SQLiteStore(path: path)
        let ledger = try await self.ledger(store)
        let hasher = SecretHasher(serverSecret: Array(repeating: 7, count: 32))
        let directory = try await Directory(store: store, hasher: hasher, now: { 1_800_000_000 })
        let waiting = try await self.waitingCall(try self.charge(ledger), directory)
        let begin = NIODeadline.now()
        for minute in 1...20 {
            self.clock.now += 60_000
            waiting.tick(now: begin + .minutes(Int64(minute)) + .seconds(1))
            let end = ledger.state.withLock { $0.book.reservations[self.id]?.leaseEnd }
            #expect(try #require(end) > self.clock.now, "after \(minute) minutes")
        }
        #expect(ledger.balance(of: self.holder) == Book.Balance(available: 60, held: 40))
    }
}

private final class Clock: Sendable {
    private let time = Mutex<Int64>(1_800_000_000_000)

    var now: Int64 {
        get { self.time.withLock { $0 } }
        set { self.time.withLock { $0 = newValue } }
    }
}
