import NIOCore
import Testing

@testable import TunnelProtocol

/// The queues inside a connection, each against a plain array.
@Suite("QMux: queues")
struct QMuxQueueTests {
    @Test("what goes into a send queue comes out", arguments: 0..<8)
    func sendQueue(_: Int) {
        let seed = Seed.next()
        var random = seed.numbers
        var queue = SendQueue()
        var expected = ByteBuffer()
        var moved = ByteBuffer()
        var next: UInt8 = 0
        // One buffer whose slices others hold too: merging must leave it alone.
        let shared = ByteBuffer(repeating: 0xEE, count: 1 << 16)
        for _ in 0..<400 {
            if Bool.random(using: &random) {
                let length = [0, 1, 7, 4_096, 4_097, 20_000].randomElement(using: &random) ?? 0
                var piece =
                    Bool.random(using: &random)
                    ? ByteBuffer(repeating: next, count: length)
                    : shared.getSlice(at: Int.random(in: 0..<100, using: &random), length: length) ?? ByteBuffer()
                next &+= 1
                queue.append(piece)
                expected.writeBuffer(&piece)
            } else if queue.count > 0 {
                queue.move(Int.random(in: 1...queue.count, using: &random), to: &moved)
            }
            #expect(queue.count + moved.readableBytes == expected.readableBytes, "\(seed)")
        }
        if queue.count > 0 { queue.move(queue.count, to: &moved) }
        #expect(moved == expected, "\(seed)")
        #expect(shared == ByteBuffer(repeating: 0xEE, count: 1 << 16), "\(seed)")
    }

    @Test func aSendQueueCanBeEmptied() {
        var queue = SendQueue()
        for _ in 0..<5 { queue.append(ByteBuffer(repeating: 1, count: 5_000)) }
        queue.removeAll()
        #expect(queue.count == 0)
        queue.append(ByteBuffer(string: "a"))
        var moved = ByteBuffer()
        queue.move(1, to: &moved)
        #expect(String(buffer: moved) == "a")
    }

    @Test func aDrainingQueueKeepsItsOrderWhetherItIsEmptiedOrNot() {
        var queue = DrainingQueue<Int>()
        var put = 0
        var got = 0
        // It never becomes empty for long, so that its rest must move up now and then.
        for round in 0..<2_000 {
            for _ in 0..<(round % 3) {
                queue.append(put)
                put += 1
            }
            if put - got > 300 || round % 7 == 0, let next = queue.popFirst() {
                #expect(next == got)
                got += 1
            }
            #expect(queue.isEmpty == (put == got))
        }
        while let next = queue.popFirst() {
            #expect(next == got)
            got += 1
        }
        #expect(got == put)
        #expect(queue.isEmpty)
    }

    @Test("a line keeps its order whoever leaves it", arguments: 0..<4)
    func streamLine(_: Int) {
        let seed = Seed.next()
        var random = seed.numbers
        var streams = (0..<12).map {
            StreamState(id: QMux.StreamID(rawValue: $0 << 2), sendMaximum: 0, receiveMaximum: 0)
        }
        var line = StreamLine()
        var expected: [Int] = []
        for _ in 0..<500 {
            let slot = Int.random(in: 0..<12, using: &random)
            if let place = expected.firstIndex(of: slot) {
                if Bool.random(using: &random) {
                    line.remove(slot, in: &streams)
                    expected.remove(at: place)
                } else {
                    #expect(line.popFirst(in: &streams) == expected.removeFirst(), "\(seed)")
                }
            } else if Bool.random(using: &random) {
                line.append(slot, as: .ready, in: &streams)
                expected.append(slot)
            } else {
                line.prepend(slot, as: .stalled, in: &streams)
                expected.insert(slot, at: 0)
            }
            #expect(line.isEmpty == expected.isEmpty, "\(seed)")
        }
        while let slot = line.popFirst(in: &streams) { #expect(slot == expected.removeFirst(), "\(seed)") }
        #expect(expected.isEmpty, "\(seed)")
        #expect(streams.allSatisfy { $0.place.line == .none }, "\(seed)")
    }
}
