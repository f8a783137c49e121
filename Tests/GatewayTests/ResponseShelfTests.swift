private import FoundationEssentials
import NIOCore
import Testing

@testable import Gateway

@Suite("Which responses are remembered")
struct ResponseShelfTests {
    private typealias Shelf = ResponseShelf<String>
    private typealias Tried = TriedShelf

    private func entry(
        _ owner: String = "ann",
        on connection: Int? = nil,
        previous: String? = nil,
        bytes: Int = 8,
        items: [String] = []
    ) -> Shelf.Entry {
        Shelf.Entry(
            owner: owner,
            connection: connection,
            previous: previous,
            input: ByteBuffer(string: "[]"),
            response: ByteBuffer(repeating: 0x20, count: bytes),
            itemIDs: items
        )
    }

    @Test("what an item is of is known to its owner, and as long as the response is there")
    func items() {
        let shelf = Tried()
        shelf.put(self.entry("ann", items: ["x", "y"]), id: "a", now: 0)
        shelf.put(self.entry("ann", items: ["y"]), id: "b", now: 0)
        shelf.put(self.entry("bob", items: ["x"]), id: "c", now: 0)
        #expect(shelf.bytes > 3 * (self.entry().size + 192))
        #expect(shelf.response(ofItem: "x", of: "ann") == "a")
        #expect(shelf.response(ofItem: "x", of: "bob") == "c")
        #expect(shelf.response(ofItem: "y", of: "ann") == "b")
        #expect(shelf.response(ofItem: "y", of: "bob") == nil)
        #expect(shelf.remove("a", of: "ann", now: 1))
        #expect(shelf.response(ofItem: "x", of: "ann") == nil)
        #expect(shelf.response(ofItem: "y", of: "ann") == "b")
        shelf.sweep(now: 3_600)
        #expect(shelf.response(ofItem: "y", of: "ann") == nil && shelf.bytes == 0)
    }

    @Test("an item is known as long as any response with it is there, to those who may read that")
    func itemsOfSeveral() {
        let shelf = Tried()
        shelf.put(self.entry(items: ["x", "x"]), id: "a", now: 0)
        shelf.put(self.entry(items: ["x"]), id: "b", now: 0)
        #expect(shelf.response(ofItem: "x", of: "ann") == "b")
        #expect(shelf.remove("b", of: "ann", now: 1))
        #expect(shelf.response(ofItem: "x", of: "ann") == "a")
        // What belongs to one connection hides nothing from the others.
        shelf.put(self.entry(on: 1, items: ["x"]), id: "own", now: 1)
        #expect(shelf.response(ofItem: "x", of: "ann", on: 1) == "own")
        #expect(shelf.response(ofItem: "x", of: "ann", on: 2) == "a" && shelf.response(ofItem: "x", of: "ann") == "a")
        shelf.put(self.entry(items: ["x"]), id: "c", now: 1)
        #expect(shelf.response(ofItem: "x", of: "ann", on: 1) == "c")
        shelf.forget(connection: 1)
        #expect(shelf.remove("c", of: "ann", now: 1))
        #expect(shelf.response(ofItem: "x", of: "ann", on: 1) == "a")
        // One whose time is over is not there, although nobody has swept.
        shelf.put(self.entry(items: ["x"]), id: "late", now: 2)
        #expect(shelf.get("a", of: "ann", now: 3_000) != nil)
        #expect(shelf.response(ofItem: "x", of: "ann", now: 3_700) == "a")
        #expect(shelf.remove("a", of: "ann", now: 3_700))
        #expect(shelf.response(ofItem: "x", of: "ann", now: 3_700) == nil)
    }

    @Test("a response is found by its owner only")
    func owners() {
        let shelf = Tried()
        shelf.put(self.entry("ann"), id: "a", now: 0)
        #expect(shelf.get("a", of: "ann", now: 1) != nil)
        #expect(shelf.get("a", of: "bob", now: 1) == nil)
        #expect(!shelf.remove("a", of: "bob", now: 1))
        #expect(shelf.remove("a", of: "ann", now: 1))
        #expect(!shelf.remove("a", of: "ann", now: 1))
        #expect(shelf.count == 0 && shelf.bytes == 0)
    }

    @Test("an hour after its last use it is forgotten")
    func time() {
        let shelf = Tried()
        shelf.put(self.entry(), id: "a", now: 0)
        shelf.put(self.entry(), id: "b", now: 0)
        #expect(shelf.get("a", of: "ann", now: 3_599) != nil)
        #expect(shelf.get("b", of: "ann", now: 3_600) == nil)
        #expect(shelf.get("a", of: "ann", now: 7_198) != nil)
        #expect(shelf.get("a", of: "ann", now: 10_798) == nil)
        #expect(shelf.count == 0 && shelf.bytes == 0)
    }

    @Test("what is over is forgotten although nobody asks")
    func sweep() {
        let shelf = Tried()
        shelf.put(self.entry(), id: "a", now: 0)
        shelf.put(self.entry(), id: "b", now: 9)
        shelf.sweep(now: 3_600)
        #expect(shelf.count == 1)
        shelf.sweep(now: 3_609)
        #expect(shelf.count == 0 && shelf.bytes == 0)
    }

    @Test("what was not used for longest makes room")
    func room() {
        let shelf = Tried(limits: Shelf.Limits(bytes: 1 << 20, responses: 3, seconds: 60))
        for id in ["a", "b", "c"] { shelf.put(self.entry(), id: id, now: 0) }
        #expect(shelf.get("a", of: "ann", now: 0) != nil)
        shelf.put(self.entry(), id: "d", now: 0)
        #expect(shelf.get("b", of: "ann", now: 0) == nil)
        for id in ["a", "c", "d"] {
            #expect(shelf.get(id, of: "ann", now: 0) != nil)
        }
        let small = Tried(limits: Shelf.Limits(bytes: 4_096, responses: 100, seconds: 60))
        for number in 0..<50 { small.put(self.entry(bytes: 1_000), id: "\(number)", now: 0) }
        #expect(small.bytes <= 4_096 && small.count == 2)
        small.put(self.entry(bytes: 5_000), id: "large", now: 0)
        #expect(small.get("large", of: "ann", now: 0) == nil && small.count == 2)
    }

    @Test("who has most gives way, so nobody pushes out everybody else's")
    func shares() {
        let few = Tried(limits: Shelf.Limits(bytes: 1 << 20, responses: 10, seconds: 60))
        for number in 0..<3 { few.put(self.entry("ann"), id: "ann\(number)", now: 0) }
        for number in 0..<100 { few.put(self.entry("bob"), id: "bob\(number)", now: 1) }
        #expect(few.count == 10)
        for number in 0..<3 { #expect(few.get("ann\(number)", of: "ann", now: 2) != nil) }
        for number in 93..<100 { #expect(few.get("bob\(number)", of: "bob", now: 2) != nil) }
        // By size, it is not the number that counts.
        let large = Tried(limits: Shelf.Limits(bytes: 20_000, responses: 100, seconds: 60))
        for number in 0..<10 { large.put(self.entry("ann"), id: "ann\(number)", now: 0) }
        for number in 0..<5 { large.put(self.entry("bob", bytes: 8_000), id: "bob\(number)", now: 1) }
        for number in 0..<10 { #expect(large.get("ann\(number)", of: "ann", now: 2) != nil) }
        #expect(large.get("bob3", of: "bob", now: 2) == nil && large.get("bob4", of: "bob", now: 2) != nil)
        #expect(large.bytes <= 20_000)
    }

    @Test("what is not to be stored is found on its connection only, and goes with it")
    func connections() {
        let shelf = Tried()
        shelf.put(self.entry(on: 1), id: "own", now: 0)
        shelf.put(self.entry(), id: "stored", now: 0)
        #expect(shelf.get("own", of: "ann", on: 1, now: 1) != nil)
        #expect(shelf.get("own", of: "bob", on: 1, now: 1) == nil)
        #expect(shelf.get("own", of: "ann", on: 2, now: 1) == nil && shelf.get("own", of: "ann", now: 1) == nil)
        shelf.put(self.entry(on: 2, previous: "stored"), id: "after", now: 1)
        #expect(shelf.chain(endingWith: "after", of: "ann", on: 2, now: 1)?.count == 2)
        shelf.forget(connection: 1)
        #expect(shelf.get("own", of: "ann", on: 1, now: 1) == nil && shelf.count == 2)
        shelf.forget(connection: 2)
        #expect(shelf.get("stored", of: "ann", now: 1) != nil && shelf.count == 1)
    }

    @Test("what changes is told once, for a copy that is to be the same")
    func changes() {
        let shelf = Tried(limits: Shelf.Limits(bytes: 1 << 20, responses: 2, seconds: 60), isJournaled: true)
        shelf.put(self.entry(), id: "a", now: 0)
        shelf.put(self.entry(on: 1), id: "own", now: 0)
        let first = shelf.takeChanges()
        #expect(first.put.map(\.id) == ["a"] && first.used.isEmpty && first.forgotten.isEmpty)
        #expect(shelf.takeChanges().isEmpty)
        _ = shelf.get("a", of: "ann", now: 5)
        let second = shelf.takeChanges()
        #expect(second.put.isEmpty && second.used.map(\.usedAt) == [5])
        shelf.put(self.entry(), id: "b", now: 6)
        shelf.put(self.entry(), id: "c", now: 7)
        let third = shelf.takeChanges()
        #expect(third.forgotten == ["a"] && Set(third.put.map(\.id)) == ["b", "c"])
        shelf.put(self.entry(), id: "d", now: 8)
        #expect(shelf.remove("d", of: "ann", now: 8))
        #expect(Set(shelf.takeChanges().forgotten) == ["b", "d"])
    }

    @Test("changes that could not be written down are told again, unless there are newer ones")
    func changesGivenBack() {
        let shelf = Tried(limits: Shelf.Limits(bytes: 1 << 20, responses: 9, seconds: 60), isJournaled: true)
        for id in ["a", "b", "c", "d"] { shelf.put(self.entry(), id: id, now: 0) }
        #expect(shelf.remove("a", of: "ann", now: 1))
        let lost = shelf.takeChanges()
        _ = shelf.get("b", of: "ann", now: 2)
        #expect(shelf.remove("c", of: "ann", now: 2))
        shelf.giveBack(lost)
        let again = shelf.takeChanges()
        #expect(Set(again.put.map(\.id)) == ["b", "d"] && again.used.isEmpty)
        #expect(Set(again.forgotten) == ["a", "c"])
        #expect(shelf.takeChanges().isEmpty)
    }

    @Test("what was written down comes back in its order, and is not written again")
    func restored() {
        let shelf = Tried(limits: Shelf.Limits(bytes: 1 << 20, responses: 2, seconds: 60), isJournaled: true)
        let puts = ["a", "b", "c"].enumerated().map { time, id in
            ResponseChanges<String>.Put(id: id, entry: self.entry(), usedAt: time)
        }
        shelf.restore(puts)
        let changes = shelf.takeChanges()
        #expect(changes.put.isEmpty && changes.used.isEmpty && changes.forgotten == ["a"])
        #expect(shelf.get("b", of: "ann", now: 3) != nil && shelf.get("c", of: "ann", now: 3) != nil)
        #expect(shelf.get("c", of: "ann", now: 63) == nil)
    }

    @Test("what another relay wrote is taken in beside what is here, and what was forgotten here does not come back")
    func restoredBesideOthers() {
        let shelf = Tried(limits: Shelf.Limits(bytes: 1 << 20, responses: 9, seconds: 60), isJournaled: true)
        for id in ["own", "gone", "used"] { shelf.put(self.entry(), id: id, now: 0) }
        _ = shelf.takeChanges()
        shelf.put(self.entry(), id: "new", now: 1)
        _ = shelf.get("used", of: "ann", now: 7)
        #expect(shelf.remove("gone", of: "ann", now: 1))
        shelf.restore(
            ["gone", "used", "other"].map { .init(id: $0, entry: self.entry(bytes: 3), usedAt: 2) }
        )
        #expect(shelf.get("gone", of: "ann", now: 8) == nil)
        #expect(shelf.get("other", of: "ann", now: 8)?.response.readableBytes == 3)
        let changes = shelf.takeChanges()
        #expect(changes.put.map(\.id) == ["new"] && changes.forgotten == ["gone"])
        #expect(changes.used.sorted { $0.id < $1.id }.map(\.usedAt) == [8, 7])
        shelf.drop(["other", "nobody"])
        #expect(shelf.get("other", of: "ann", now: 9) == nil && shelf.count == 3)
    }

    @Test("what another relay has used is not too old here, and is not written down for that")
    func usedElsewhere() {
        let shelf = Tried(limits: Shelf.Limits(bytes: 1 << 20, responses: 9, seconds: 60), isJournaled: true)
        for id in ["used", "before", "left", "changed"] { shelf.put(self.entry(), id: id, now: 10) }
        _ = shelf.takeChanges()
        _ = shelf.get("changed", of: "ann", now: 11)
        shelf.noteUses(["used": 50, "before": 9, "nobody": 50, "changed": 40])
        let changes = shelf.takeChanges()
        #expect(changes.put.isEmpty && changes.forgotten.isEmpty)
        #expect(changes.used.map(\.id) == ["changed"] && changes.used.map(\.usedAt) == [40])
        shelf.sweep(now: 70)
        #expect(shelf.count == 2)
        #expect(Set(shelf.takeChanges().forgotten) == ["before", "left"])
        #expect(shelf.get("used", of: "ann", now: 109) != nil && shelf.get("changed", of: "ann", now: 100) == nil)
    }

    @Test("who has left the copy to another relay deletes from it only what was asked for")
    func left() {
        let shelf = Tried(limits: Shelf.Limits(bytes: 1 << 20, responses: 3, seconds: 60), isJournaled: true)
        for id in ["room", "old", "asked"] { shelf.put(self.entry(), id: id, now: 0) }
        _ = shelf.takeChanges()
        shelf.leave()
        shelf.put(self.entry(), id: "late", now: 1)
        #expect(shelf.get("room", of: "ann", now: 1) == nil)
        #expect(shelf.remove("asked", of: "ann", now: 1))
        shelf.sweep(now: 60)
        #expect(shelf.get("old", of: "ann", now: 60) == nil)
        let changes = shelf.takeChanges()
        #expect(changes.put.map(\.id) == ["late"] && changes.forgotten == ["asked"])
        shelf.note("running")
        shelf.note("ended")
        let told = shelf.takeChanges(now: 61, running: ["running": self.entry()])
        #expect(told.put.map(\.id) == ["running"] && told.put.map(\.usedAt) == [61] && told.forgotten.isEmpty)
    }

    @Test("a chain is whole or not there")
    func chains() {
        let shelf = Tried()
        shelf.put(self.entry(bytes: 1), id: "a", now: 0)
        shelf.put(self.entry(previous: "a", bytes: 2), id: "b", now: 0)
        shelf.put(self.entry(previous: "b", bytes: 3), id: "c", now: 0)
        let sizes = shelf.chain(endingWith: "c", of: "ann", now: 0)?.map(\.response.readableBytes)
        #expect(sizes == [1, 2, 3])
        #expect(shelf.chain(endingWith: "c", of: "bob", now: 0) == nil)
        #expect(shelf.remove("b", of: "ann", now: 0))
        #expect(shelf.chain(endingWith: "c", of: "ann", now: 0) == nil)
        let first = shelf.chain(endingWith: "a", of: "ann", now: 0)
        #expect(first?.count == 1)
    }

    @Test("random use keeps within the limits and agrees with a plain list")
    func random() {
        let seed = ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let shelf = Tried(limits: Shelf.Limits(bytes: 1 << 20, responses: 5, seconds: 50))
        var plain: [(id: String, usedAt: Int)] = []
        var now = 0
        for _ in 0..<5_000 {
            now += next(8)
            shelf.sweep(now: now)
            let id = "\(next(12))"
            plain.removeAll { now - $0.usedAt >= 50 }
            let place = plain.firstIndex { $0.id == id }
            switch next(4) {
            case 0:
                shelf.put(self.entry(), id: id, now: now)
                if let place { plain.remove(at: place) }
                plain.append((id, now))
                if plain.count > 5 { plain.removeFirst() }
            case 1:
                let wasThere = shelf.remove(id, of: "ann", now: now)
                #expect(wasThere == (place != nil), "ADIT_SEED=\(seed)")
                if let place { plain.remove(at: place) }
            default:
                let entry = shelf.get(id, of: "ann", now: now)
                #expect((entry != nil) == (place != nil), "ADIT_SEED=\(seed)")
                if let place { plain.append((plain.remove(at: place).id, now)) }
            }
            #expect(shelf.count == plain.count, "ADIT_SEED=\(seed)")
        }
    }
}
