import Accounts
import Admission
import Dialects
import Foundation
import Ledger
import Logging
import NIOCore
import NIOEmbedded
import Routing
import SQLiteStore
import Synchronization
import Testing
import Vocabulary

@testable import Gateway

@Suite("Callers who leave before it is known whether they may call")
struct LeftEarlyTests {
    private let ended = Ended()

    private func gateway(_ gatekeeper: Gatekeeper, _ store: SQLiteStore) async throws -> Gateway {
        Gateway(
            gatekeeper: gatekeeper,
            registry: Registry(relay: "relay-1"),
            observer: self.ended,
            times: Gateway.Times(),
            workshop: NoWork(),
            images: LinkedImages(source: nil, most: 0),
            splitsThinkTags: true,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            billing: Billing(ledger: try await Ledger(store: store, observer: Unheard(), now: { 1 }, uptime: { 1 })),
            quotas: QuotaKeeper(now: { 1_800_000_000 }),
            now: { 1_800_000_000 }
        )
    }

    /// A request whose key is good.
    private func request() async throws -> (request: Gateway.Request, key: String, gateway: Gateway) {
        let path = FileManager.default.temporaryDirectory.path + "/left-\(UUID().uuidString).sqlite"
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let hasher = SecretHasher(serverSecret: Array(repeating: 7, count: 32))
        let store = try SQLiteStore(path: path)
        let directory = try await Directory(store: store, hasher: hasher, now: { 1_800_000_000 })
        let (key, secret) = try await directory.createKey(label: "", expires: nil, allowedModels: [])
        let gatekeeper = Gatekeeper(directory: directory, wrongKeys: WrongKeys(now: { 0 }))
        let credential = try Credential(authorization: "Bearer \(secret)", apiKey: nil, googleKey: nil)
        let request = Gateway.Request(
            id: CallID(high: 1, low: 2),
            endpoint: .messages,
            caller: Caller(key: try gatekeeper.authenticate(credential)),
            passedHeaders: [],
            body: ByteBuffer(string: "{}"),
            facts: nil,
            arrived: .now()
        )
        return (request, key.id.rawValue, try await self.gateway(gatekeeper, store))
    }

    @Test("they are told of once, with their key")
    func counted() async throws {
        let (request, key, gateway) = try await self.request()
        let lane = CallLane(eventLoop: EmbeddedEventLoop(), number: 0, seed: 0, time: 0)
        let responder = Deaf()
        let calls: [any OpenCall] = [
            Preparation(of: request, gateway, lane, responder), NamedCall(request, gateway, lane, responder),
        ]
        for call in calls { for _ in 0..<2 { call.callerLeft() } }
        let records = self.ended.records.withLock { $0 }
        #expect(records.map(\.outcome) == [.clientGone, .clientGone])
        #expect(records.map(\.status) == [499, 499])
        #expect(records.map(\.key) == [key, key])
        #expect(records.map(\.bytesIn) == [2, 2])
    }

    @Test("what the relay breaks off is not said to be its caller's doing")
    func brokenOff() async throws {
        let (request, _, gateway) = try await self.request()
        let responder = Answered()
        let lane = CallLane(eventLoop: EmbeddedEventLoop(), number: 0, seed: 0, time: 0)
        let call = Preparation(of: request, gateway, lane, responder)
        for _ in 0..<2 { call.fail(.restarting) }
        let records = self.ended.records.withLock { $0 }
        #expect(records.map(\.outcome) == [.failed(.relayUnavailable)])
        #expect(records.map(\.status) == [503])
        #expect(responder.errors.map(\.code) == [.relayUnavailable])
    }
}
