import NIOCore
import Testing

@testable import Gateway

@Suite("Which responses may be made in the background")
struct RunningResponsesTests {
    private typealias Running = RunningResponses<String, Int>

    private func entry(_ owner: String, bytes: Int = 8) -> Running.Entry {
        Running.Entry(
            owner: owner,
            connection: nil,
            previous: nil,
            input: ByteBuffer(string: "[]"),
            response: ByteBuffer(repeating: 0x20, count: bytes)
        )
    }

    @Test("one is found by its owner only, until it has ended")
    func owners() {
        var running = Running()
        let refusal = running.begin(self.entry("ann"), id: "a", call: 7)
        #expect(refusal == nil)
        #expect(running.get("a", of: "ann") == self.entry("ann"))
        #expect(running.get("a", of: "bob") == nil && running.get("b", of: "ann") == nil)
        #expect(running.entry("a") != nil && running.ids == ["a"])
        let ended = running.end("a")
        #expect(ended?.call == 7 && ended?.entry.owner == "ann")
        let again = running.end("a")
        #expect(again == nil, "only the first who ends it does")
        #expect(running.get("a", of: "ann") == nil && running.count == 0 && running.bytes == 0)
    }

    @Test("there are limits for each owner, for all together and for their texts")
    func limits() {
        var running = Running(limits: .init(perOwner: 2, inAll: 3, bytes: 4_096))
        var told: [Running.Refusal?] = []
        for (index, owner) in ["ann", "ann", "ann", "bob", "cid"].enumerated() {
            told.append(running.begin(self.entry(owner), id: "\(index)", call: 0))
        }
        #expect(told == [nil, nil, .owner(2), nil, .all(3)])
        #expect(running.count == 3)
        _ = running.end("0")
        let room = running.begin(self.entry("cid", bytes: 3_000), id: "large", call: 0)
        #expect(room == .room)
        let size = running.begin(self.entry("cid", bytes: 4_096), id: "huge", call: 0)
        #expect(size == .size(4_096))
        let next = running.begin(self.entry("ann"), id: "next", call: 0)
        #expect(next == nil, "who has ended one may begin another")
        for id in running.ids { _ = running.end(id) }
        #expect(running.count == 0 && running.bytes == 0)
    }
}
