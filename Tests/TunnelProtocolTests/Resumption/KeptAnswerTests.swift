import NIOCore
import Testing

@testable import TunnelProtocol

struct KeptAnswerTests {
    private func kept(_ pieces: [String], capacity: Int = 8, isFinal: Bool = false) -> KeptAnswer {
        var kept = KeptAnswer(stream: 1, capacity: capacity)
        for (index, piece) in pieces.enumerated() {
            kept.append(ByteBuffer(string: piece), isFinal: isFinal && index == pieces.count - 1)
        }
        return kept
    }

    @Test(arguments: 0...6)
    func everyOffsetThatIsKeptCanBeGoneOnFrom(offset: UInt64) {
        var kept = self.kept(["ab", "c", "def"])
        let (text, isFinal) = kept.resume(on: 2, at: offset).sent ?? ("nothing", true)
        #expect(text == String("abcdef".dropFirst(Int(offset))))
        #expect(!isFinal)
        #expect(kept.start == offset)
        #expect(kept.count == 6 - Int(offset))
    }

    @Test func whatWasTakenIsForgotten() {
        var kept = self.kept(["ab", "c", "def"])
        kept.taken(3)
        #expect(kept.count == 3)
        #expect(kept.resume(on: 2, at: 2).sent == nil)
        #expect(kept.resume(on: 2, at: 7).sent == nil)
        #expect(kept.resume(on: 2, at: 3).sent?.0 == "def")
    }

    @Test func creditCountsTheBytesOfItsOwnStream() {
        var kept = self.kept(["abcdef"])
        #expect(kept.resume(on: 2, at: 4).sent?.0 == "ef")
        kept.append(ByteBuffer(string: "gh"), isFinal: false)
        kept.taken(1)
        #expect(kept.start == 5)
        kept.taken(100)
        #expect(kept.start == kept.end)
    }

    @Test func aCompleteAnswerEndsOnTheNewStreamToo() {
        var kept = self.kept(["ab", "c"], isFinal: true)
        kept.lose()
        #expect(kept.resume(on: 2, at: 3).sent ?? ("x", false) == ("", true))
        #expect(kept.resume(on: 3, at: 3).sent ?? ("x", false) == ("", true))
    }

    @Test func whatComesLateIsKnownToBe() {
        var kept = self.kept(["ab"])
        _ = kept.resume(on: 3, at: 0)
        for stream in 0...3 {
            guard case .outdated = kept.resume(on: stream, at: 0) else {
                Issue.record("stream \(stream) is older")
                continue
            }
        }
        #expect(kept.isCarried)
    }

    @Test func thereIsRoomUpToTheCapacity() {
        var kept = self.kept(["1234567"])
        kept.lose()
        #expect(kept.hasRoom)
        kept.append(ByteBuffer(string: "8"), isFinal: false)
        #expect(!kept.hasRoom)
        _ = kept.resume(on: 2, at: 1)
        #expect(kept.hasRoom)
    }

    /// Small pieces, which are copied behind each other, between large ones, which are not.
    @Test func whatIsKeptIsWhatWasProduced() {
        let seed = Seed.next()
        var numbers = seed.numbers
        var kept = KeptAnswer(stream: 1, capacity: 1)
        var produced: [UInt8] = []
        for step in 1...2_000 {
            let length = [0, 1, 200, 4_096, 4_097, 20_000].randomElement(using: &numbers) ?? 0
            let piece = (0..<length).map { UInt8(truncatingIfNeeded: produced.count + $0 &* 7) }
            produced += piece
            kept.append(ByteBuffer(bytes: piece), isFinal: step == 2_000)
            #expect(kept.end == UInt64(produced.count), "\(seed)")
            if step.isMultiple(of: 7) {
                kept.taken(UInt64.random(in: kept.start...kept.end, using: &numbers))
            }
            guard step.isMultiple(of: 50) else { continue }
            // Gone on from the beginning of what is kept, on a stream whose bytes are counted from there: none were taken yet.
            var other = kept
            guard case .send(let pieces, let isFinal) = other.resume(on: 2, at: kept.start) else {
                Issue.record("it cannot go on, \(seed)")
                return
            }
            #expect(isFinal == (step == 2_000), "\(seed)")
            #expect(pieces.flatMap { Array($0.readableBytesView) } == Array(produced[Int(kept.start)...]), "\(seed)")
        }
    }

    @Test func whatWasHandedOutStaysAsItWas() {
        var kept = self.kept(["ab", "c"])
        guard case .send(let pieces, _) = kept.resume(on: 2, at: 1) else {
            Issue.record("it cannot go on")
            return
        }
        kept.append(ByteBuffer(string: "def"), isFinal: false)
        #expect(pieces.map { String(buffer: $0) }.joined() == "bc")
        #expect(kept.resume(on: 3, at: 1).sent?.0 == "bcdef")
    }

    @Test func largePiecesAreNotCopied() {
        let piece = ByteBuffer(string: String(repeating: "x", count: 100_000))
        var kept = KeptAnswer(stream: 1, capacity: 1)
        kept.append(piece, isFinal: false)
        guard case .send(let pieces, _) = kept.resume(on: 2, at: 0) else {
            Issue.record("it cannot go on")
            return
        }
        let same = piece.withUnsafeReadableBytes { own in
            pieces[0].withUnsafeReadableBytes { $0.baseAddress == own.baseAddress }
        }
        #expect(same)
    }
}

extension KeptAnswer.Resumption {
    var sent: (String, Bool)? {
        guard case .send(let pieces, let isFinal) = self else { return nil }
        return (pieces.map { String(buffer: $0) }.joined(), isFinal)
    }
}
