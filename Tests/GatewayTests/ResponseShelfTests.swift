private import FoundationEssentials
import NIOCore
import Testing

@testable import Gateway

@Suite("Which responses are remembered")
struct ResponseShelfTests {
    private typealias Shelf = ResponseShelf<String>

    private func entry(_ owner: String = "ann", previous: String? = nil, bytes: Int = 8) -> Shelf.Entry {
        Shelf.Entry(
            owner: owner,
            previous: previous,
            input: ByteBuffer(string: "[]"),
            response: ByteBuffer(repeating: 0x20, count: bytes)
        )
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

/// A shelf that can be asked inside an expectation, where nothing may be changed but through a reference.
private final class Tried {
    private var shelf: ResponseShelf<String>

    init(limits: ResponseShelf<String>.Limits = .init()) {
        self.shelf = ResponseShelf(limits: limits)
    }

    var count: Int { self.shelf.count }
    var bytes: Int { self.shelf.bytes }

    func put(_ entry: ResponseShelf<String>.Entry, id: String, now: Int) {
        self.shelf.put(entry, id: id, now: now)
    }

    func get(_ id: String, of owner: String, now: Int) -> ResponseShelf<String>.Entry? {
        self.shelf.get(id, of: owner, now: now)
    }

    func sweep(now: Int) {
        self.shelf.sweep(now: now)
    }

    func remove(_ id: String, of owner: String, now: Int) -> Bool {
        self.shelf.remove(id, of: owner, now: now)
    }

    func chain(endingWith id: String, of owner: String, now: Int) -> [ResponseShelf<String>.Entry]? {
        self.shelf.chain(endingWith: id, of: owner, now: now)
    }
}
