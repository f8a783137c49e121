import NIOCore
import Testing

@testable import TunnelProtocol

/// How streams share the way out, and how it is cut into records.
@Suite("QMux: fairness")
struct QMuxFairnessTests {
    /// A relay with open streams 1, 5, 9 … whose peer allows everything.
    private func relay(streams: Int) -> End {
        let endless = "ffffffffffffffff"
        let relay = End.greeted(
            .relay,
            by: Wire.parameters("04 08 \(endless)  05 08 \(endless)  06 08 \(endless)  08 02 4064")
        )
        for _ in 0..<streams { relay.open() }
        return relay
    }

    private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 0x61, count: count) }

    // MARK: Streams in turn

    @Test func aLongAnswerLetsShortOnesPass() {
        let relay = self.relay(streams: 21)
        relay.send(self.bytes(4 << 20), on: 1, isFinal: true)
        let short = (1...20).map { UInt64($0) << 2 | 1 }
        for id in short { relay.send(self.bytes(100), on: id, isFinal: true) }
        let frames = WrittenRecord.frames(of: relay.output())
        let lastShort = frames.lastIndex { $0.id != 1 } ?? frames.count
        #expect(frames[...lastShort].filter { $0.id == 1 }.map(\.count).reduce(0, +) <= 32 << 10)
        #expect(frames.filter(\.isFinal).count == 21)
        #expect(frames.filter { $0.id == 1 }.map(\.count).reduce(0, +) == 4 << 20)
    }

    @Test func oneThatComesLateWaitsForOneRecordAtMost() {
        let relay = self.relay(streams: 2)
        relay.send(self.bytes(1 << 20), on: 1)
        _ = relay.output(atMost: 100_000)
        relay.send("late", on: 5)
        let frames = WrittenRecord.frames(of: relay.output(atMost: 40_000))
        #expect(frames.prefix(2).contains { $0.id == 5 })
    }

    @Test func longAnswersShareEqually() {
        let relay = self.relay(streams: 5)
        let ids: [UInt64] = [1, 5, 9, 13, 17]
        for id in ids { relay.send(self.bytes(1 << 20), on: id) }
        var sent: [UInt64: Int] = [:]
        for _ in 0..<40 {
            for frame in WrittenRecord.frames(of: relay.output(atMost: 20_000)) {
                sent[frame.id, default: 0] += frame.count
            }
            let shares = ids.map { sent[$0] ?? 0 }
            #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 32 << 10, "\(shares)")
        }
    }

    @Test func aStreamsBytesStayInOrder() {
        let relay = self.relay(streams: 3)
        for length in [1, 20_000, 300, 16_363, 5, 40_000] {
            for id: UInt64 in [1, 5, 9] { relay.send(self.bytes(length), on: id) }
        }
        var ends: [UInt64: UInt64] = [:]
        for frame in WrittenRecord.frames(of: relay.output()) {
            #expect(frame.offset == ends[frame.id] ?? 0)
            ends[frame.id] = frame.offset + UInt64(frame.count)
        }
        #expect(ends == [1: 76_669, 5: 76_669, 9: 76_669])
    }

    // MARK: Records

    @Test("records are as large as every peer takes", arguments: ["", "c571c59429cd0845 04 80100000"])
    func largest(_ parameter: String) {
        let relay = End.greeted(.relay, by: Wire.parameters("04 04 bfffffff  06 04 bfffffff  08 01 05" + parameter))
        relay.open()
        relay.open()
        relay.send(self.bytes(200_000), on: 1)
        relay.send(self.bytes(200_000), on: 5)
        let output = relay.output()
        let records = WrittenRecord.all(in: output)
        #expect(records.allSatisfy { $0.size <= 16_382 })
        #expect(records.count == 25, "and full")
        #expect(records.map { $0.size + 2 }.reduce(0, +) == output.readableBytes)
    }

    @Test func aPieceIsNotTornToFillALittleRoom() {
        let relay = self.relay(streams: 2)
        relay.send(self.bytes(16_000), on: 1)
        relay.send(self.bytes(400), on: 5)
        #expect(WrittenRecord.all(in: relay.output()).map { $0.streams.map(\.count) } == [[16_000], [400]])
        relay.send(self.bytes(14_000), on: 1)
        relay.send(self.bytes(4_000), on: 5)
        #expect(WrittenRecord.all(in: relay.output()).map(\.streams.count) == [2, 1])
    }

    @Test func smallPiecesLeaveTogether() {
        let relay = self.relay(streams: 1)
        for _ in 0..<1_000 { relay.send("token ", on: 1) }
        #expect(relay.queued(on: 1) == 6_000)
        #expect(WrittenRecord.frames(of: relay.output()) == [.init(id: 1, offset: 0, count: 6_000, isFinal: false)])
    }

    @Test func controlFramesGoFirst() {
        let relay = self.relay(streams: 2)
        relay.send(self.bytes(100_000), on: 1)
        _ = relay.ping()
        relay.reset(5, code: 1)
        #expect(Wire.digits(relay.output()).dropFirst(4).hasPrefix("f48c67529ef8c7bd01" + "04050100" + "0a01"))
    }

    // MARK: How much at once

    @Test(
        "no more is written than was asked for, but for the rest of a record",
        arguments: [1, 100, 2_050, 16_384, 100_000]
    )
    func atMost(_ limit: Int) {
        let relay = self.relay(streams: 3)
        for id: UInt64 in [1, 5, 9] { relay.send(self.bytes(200_000), on: id, isFinal: true) }
        var count = 0
        while relay.hasOutput {
            let output = relay.output(atMost: limit)
            #expect(output.readableBytes > 0)
            #expect(output.readableBytes < limit + 2_050)
            count += WrittenRecord.frames(of: output).map(\.count).reduce(0, +)
        }
        #expect(count == 600_000)
    }

    @Test func nothingIsWrittenWhenNothingIsAskedFor() {
        let relay = self.relay(streams: 1)
        relay.send("a", on: 1)
        #expect(relay.output(atMost: 0).readableBytes == 0)
        #expect(relay.hasOutput)
    }

    @Test func outputIsAppended() {
        let relay = self.relay(streams: 1)
        relay.send("a", on: 1)
        var bytes = ByteBuffer(string: "xGET")
        _ = bytes.readInteger(as: UInt8.self)
        relay.append(to: &bytes)
        #expect(Wire.digits(bytes) == Wire.digits("GET") + Wire.written("0a 01 01 61"))
    }

    @Test func manyControlFramesTakeSeveralRecords() {
        let connector = End.greeted(.connector)
        let relay = End.greeted(.relay, by: Wire.parameters("04 01 3f  06 01 3f  08 04 8000ffff"))
        for index in 0..<10_000 { relay.reset(relay.open() ?? 99, code: UInt64(index)) }
        let output = relay.output()
        #expect(output.readableBytes > 60_000)
        connector.receive(output)
        let codes = connector.happenings().compactMap {
            if case .reset(_, let code) = $0 { code } else { nil as UInt64? }
        }
        // The connector allows 4,096 streams; the frames up to the mistake are all there, whole and in order.
        #expect(codes == Array(0..<4_096))
        #expect(connector.hasEnded)
    }
}
