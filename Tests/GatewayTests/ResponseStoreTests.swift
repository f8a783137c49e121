import Admission
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Gateway

@Suite("The store of responses")
struct ResponseStoreTests {
    private static let owner = [UInt8](repeating: 7, count: 32)
    private let reader: ResponseStore.Shelf.Reader

    init() throws {
        self.reader = .init(owner: try #require(RecognisedKey(bytes: Self.owner)))
    }

    private func store(now: @escaping @Sendable () -> Int = { 0 }) -> ResponseStore {
        var keeping = ResponseKeeping()
        keeping.seconds = 60
        keeping.isPersisted = true
        return ResponseStore(keeping, now: now)
    }

    private var entry: ResponseStore.Shelf.Entry {
        .init(
            owner: self.reader.owner,
            previous: nil,
            input: ByteBuffer(string: "[]"),
            response: ByteBuffer(string: "{}")
        )
    }

    private func kept(_ id: String, _ status: String) -> KeptResponse {
        KeptResponse(
            id: id,
            owner: Self.owner,
            previous: nil,
            input: ByteBuffer(string: "[]"),
            response: ByteBuffer(string: #"{"id":"\#(id)","status":"\#(status)"}"#),
            usedAt: 0
        )
    }

    private func text(_ id: String, in store: ResponseStore) -> String? {
        store.get(id, of: self.reader).map { String(buffer: $0.response) }
    }

    @Test func whatAnotherRelayWasMakingHasFailedOnceItIsGone() throws {
        let store = self.store()
        store.noteCompany(true)
        store.restore([self.kept("made", "in_progress"), self.kept("over", "completed")])
        #expect(store.isMadeElsewhere("made") && !store.isMadeElsewhere("over"))
        #expect(store.isAwaited("made") && !store.isAwaited("over"))
        #expect(store.unread(among: ["over", "unknown"]) == ["made", "unknown"])
        store.noteCompany(false)
        #expect(try #require(self.text("made", in: store)).contains(#""status":"failed""#))
        #expect(try #require(self.text("over", in: store)).contains(#""status":"completed""#))
        #expect(!store.isMadeElsewhere("made") && !store.isAwaited("made"))
        #expect(store.takeChanges().put.map(\.id) == ["made"])
    }

    @Test func onlyBesideAnotherRelayMayAResponseYetCome() {
        let store = self.store()
        #expect(!store.mayCome("new"))
        store.noteCompany(true)
        #expect(store.mayCome("new"))
        store.restore([self.kept("new", "completed")])
        #expect(!store.mayCome("new"))
    }

    @Test func changesThatAreGivenBackAreToldAgain() throws {
        let store = self.store()
        store.put(self.entry, id: "one", eventLoop: EmbeddedEventLoop())
        let changes = store.takeChanges()
        #expect(changes.put.map(\.id) == ["one"] && store.takeChanges().isEmpty)
        store.giveBack(changes)
        #expect(store.takeChanges().put.map(\.id) == ["one"])
    }

    @Test func whatNobodyUsesIsForgottenAlthoughNobodyCalls() {
        final class Clock: Sendable {
            let seconds = Mutex(0)
        }
        let (loop, clock) = (EmbeddedEventLoop(), Clock())
        let store = self.store { clock.seconds.withLock { $0 } }
        for _ in 0..<2 {
            store.put(self.entry, id: "one", eventLoop: loop)
            loop.advanceTime(by: .minutes(1))
            #expect(store.state.withLock { $0.shelf.count } == 1)
            clock.seconds.withLock { $0 += 60 }
            loop.advanceTime(by: .minutes(1))
            #expect(store.state.withLock { $0.shelf.count } == 0)
        }
    }
}
