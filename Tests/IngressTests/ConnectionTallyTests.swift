import NIOCore
import Testing
import Vocabulary

@testable import Ingress

/// Who may open a connection.
struct ConnectionTallyTests {
    private static let one = NetworkAddress(v4: 1)
    private static let other = NetworkAddress(v4: 2)
    private static let start = NIODeadline.uptimeNanoseconds(100_000_000_000)

    @Test func ofOneAddressSoManyAreOpen() {
        var tally = ConnectionTally(limits: .init(all: 0, ofOne: 3, ratePerSecond: 0))
        for _ in 0..<3 { #expect(tally.enter(Self.one, now: Self.start) == .welcome) }
        #expect(tally.enter(Self.one, now: Self.start) == .tooMany)
        #expect(tally.enter(Self.other, now: Self.start) == .welcome)
        // Who is not counted by an address has no limit of one.
        for _ in 0..<10 { #expect(tally.enter(nil, now: Self.start) == .welcome) }
        tally.leave(Self.one, now: Self.start)
        #expect(tally.enter(Self.one, now: Self.start) == .welcome)
        #expect(tally.open == 14)
    }

    @Test func whatAProxyBringsIsOneConnection() {
        var tally = ConnectionTally(limits: .init(all: 20, ofOne: 2, ratePerSecond: 0))
        for _ in 0..<2 {
            #expect(tally.enter(nil, now: Self.start) == .welcome)
            #expect(tally.enter(from: Self.one, now: Self.start) == .welcome)
        }
        #expect(tally.open == 2)
        #expect(tally.enter(nil, now: Self.start) == .welcome)
        #expect(tally.enter(from: Self.one, now: Self.start) == .tooMany)
        // It was counted, without an address.
        tally.leave(nil, now: Self.start)
        tally.leave(Self.one, now: Self.start)
        #expect(tally.open == 1)
        #expect(tally.enter(from: Self.one, now: Self.start) == .welcome)
    }

    @Test func anAddressOfVersion6StandsForItsNetwork() throws {
        var tally = ConnectionTally(limits: .init(all: 0, ofOne: 1, ratePerSecond: 0))
        let address = { (text: String) in try #require(NetworkAddress(text)) }
        #expect(tally.enter(try address("2001:db8:0:1::1"), now: Self.start) == .welcome)
        #expect(tally.enter(try address("2001:db8:0:1:ffff::1"), now: Self.start) == .tooMany)
        #expect(tally.enter(try address("2001:db8:0:2::1"), now: Self.start) == .welcome)
    }

    @Test func ofOneAddressSoManyComeInTenSeconds() {
        var tally = ConnectionTally(limits: .init(all: 0, ofOne: 0, ratePerSecond: 2))
        for _ in 0..<20 {
            #expect(tally.enter(Self.one, now: Self.start) == .welcome)
            tally.leave(Self.one, now: Self.start)
        }
        #expect(tally.enter(Self.one, now: Self.start + .seconds(9)) == .tooFast)
        #expect(tally.enter(Self.other, now: Self.start + .seconds(9)) == .welcome)
        #expect(tally.enter(Self.one, now: Self.start + .seconds(10)) == .welcome)
    }

    @Test func whenItIsFull() {
        var tally = ConnectionTally(limits: .init(all: 20, ofOne: 0, ratePerSecond: 0))
        let verdicts = (0..<21).map { _ in tally.enter(nil, now: Self.start) }
        #expect(verdicts == Array(repeating: .welcome, count: 18) + [.shed, .shed, .full])
        tally.leave(nil, now: Self.start)
        #expect(tally.enter(nil, now: Self.start) == .shed)
    }

    @Test func manyAddressesCostBoundedMemory() {
        var tally = ConnectionTally(limits: .init(all: 0, ofOne: 10, ratePerSecond: 10))
        var now = Self.start
        for number in 0..<100_000 as Range<UInt32> {
            if number % 1_000 == 0 { now = now + .seconds(1) }
            _ = tally.enter(NetworkAddress(v4: number), now: now)
            tally.leave(NetworkAddress(v4: number), now: now)
        }
        #expect(tally.open == 0)
        #expect(tally.remembered <= 16_384)
    }
}
