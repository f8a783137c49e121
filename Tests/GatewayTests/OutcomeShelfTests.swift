import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Gateway

@Suite("Outcomes that are kept")
struct OutcomeShelfTests {
    private let name = OutcomeShelf.Name(key: "key_1", digest: [1])
    private let answer = [ByteBuffer(string: "yes")]

    private func word(_ found: OutcomeShelf.Found) -> String {
        switch found {
        case .fresh: "fresh"
        case .running: "running"
        case .other: "other"
        case .known(let pieces): pieces.map { String(buffer: $0) }.joined()
        }
    }

    @Test func aNameStandsForOneCall() {
        var shelf = OutcomeShelf()
        #expect(self.word(shelf.begin(self.name, request: [1], now: 0)) == "fresh")
        #expect(self.word(shelf.begin(self.name, request: [1], now: 0)) == "running")
        shelf.finish(self.name, pieces: self.answer, now: 1)
        #expect(self.word(shelf.begin(self.name, request: [1], now: 2)) == "yes")
        #expect(self.word(shelf.begin(self.name, request: [2], now: 2)) == "other")
        let elsewhere = OutcomeShelf.Name(key: "key_2", digest: [1])
        #expect(self.word(shelf.begin(elsewhere, request: [1], now: 2)) == "fresh")
    }

    @Test func whatFailedMayBeTriedAgain() {
        var shelf = OutcomeShelf()
        _ = shelf.begin(self.name, request: [1], now: 0)
        shelf.forget(self.name)
        #expect(self.word(shelf.begin(self.name, request: [2], now: 0)) == "fresh")
        shelf.finish(self.name, pieces: self.answer, now: 0)
        shelf.forget(self.name)
        #expect(self.word(shelf.begin(self.name, request: [2], now: 0)) == "yes")
    }

    @Test func theOldestGoFirst() {
        var shelf = OutcomeShelf(limits: .init(bytes: 1 << 20, outcomes: 2, seconds: 10))
        for number in 0..<3 {
            let name = OutcomeShelf.Name(key: "key", digest: [UInt8(number)])
            _ = shelf.begin(name, request: [0], now: number)
            shelf.finish(name, pieces: self.answer, now: number)
        }
        #expect(shelf.count == 2)
        #expect(self.word(shelf.begin(.init(key: "key", digest: [0]), request: [0], now: 3)) == "fresh")
        #expect(self.word(shelf.begin(.init(key: "key", digest: [2]), request: [0], now: 11)) == "yes")
        #expect(self.word(shelf.begin(.init(key: "key", digest: [2]), request: [0], now: 12)) == "fresh")
    }

    @Test func anAnswerIsKeptWithoutTheReadThatItCameIn() throws {
        var shelf = OutcomeShelf()
        _ = shelf.begin(self.name, request: [1], now: 0)
        let read = ByteBuffer(repeating: 65, count: 64 << 10)
        let piece = try #require(read.getSlice(at: 1_000, length: 100))
        shelf.finish(self.name, pieces: [piece, ByteBuffer(string: "end")], now: 0)
        guard case .known(let pieces) = shelf.begin(self.name, request: [1], now: 1) else {
            Issue.record("it is not kept")
            return
        }
        #expect(pieces.map { String(buffer: $0) }.joined() == String(repeating: "A", count: 100) + "end")
        #expect(pieces.reduce(0) { $0 + $1.storageCapacity } <= 256)
    }

    @Test func nothingStaysBecauseNobodyCalls() {
        var shelf = OutcomeShelf()
        _ = shelf.begin(self.name, request: [1], now: 0)
        shelf.finish(self.name, pieces: self.answer, now: 0)
        var isEmpty = shelf.sweep(now: 86_399)
        #expect(!isEmpty && shelf.count == 1)
        isEmpty = shelf.sweep(now: 86_400)
        #expect(isEmpty && shelf.count == 0)
    }

    @Test func theStoreIsSweptWhileThereAreAnswers() throws {
        final class Clock: Sendable {
            let seconds = Mutex(0)
        }
        let loop = EmbeddedEventLoop()
        let clock = Clock()
        let store = OutcomeStore()
        for _ in 0..<2 {
            let now = clock.seconds.withLock { $0 }
            _ = store.with { $0.begin(self.name, request: [1], now: now) }
            store.finish(self.name, pieces: self.answer, clock: { clock.seconds.withLock { $0 } }, eventLoop: loop)
            loop.advanceTime(by: .minutes(1))
            #expect(store.with { $0.count } == 1)
            clock.seconds.withLock { $0 += 86_400 }
            loop.advanceTime(by: .minutes(1))
            #expect(store.with { $0.count } == 0)
        }
    }

    @Test func whatIsLargerThanTheRoomIsNotKept() {
        var shelf = OutcomeShelf(limits: .init(bytes: 600, outcomes: 10, seconds: 10))
        _ = shelf.begin(self.name, request: [1], now: 0)
        shelf.finish(self.name, pieces: [ByteBuffer(repeating: 65, count: 100)], now: 0)
        #expect(self.word(shelf.begin(self.name, request: [1], now: 0)) == "fresh")
    }
}
