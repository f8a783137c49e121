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

    @Test func nothingIsCopied() {
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
