import NIOCore
import Testing
import TunnelProtocol

@testable import Upstream

struct AnswerOutputTests {
    private func read(_ pieces: ByteBuffer...) throws -> FakeStream.Answer {
        var whole = ByteBuffer()
        for piece in pieces { whole.writeImmutableBuffer(piece) }
        return try FakeStream.Answer(whole)
    }

    private func begun() -> (output: AnswerOutput, head: ByteBuffer) {
        var output = AnswerOutput()
        output.begin(BinaryHTTP.ResponseHead(status: 200, fields: []))
        let head = output.take()
        return (output, head)
    }

    @Test func nothingIsNothing() {
        var output = AnswerOutput()
        #expect(output.isEmpty)
        output.append(ByteBuffer())
        #expect(output.isEmpty)
        #expect(output.take().readableBytes == 0)
    }

    /// Up to, at and beyond each length of a length.
    @Test(arguments: [1, 2, 31, 32, 63, 64, 65, 100, 8_191, 8_192, 16_383, 16_384, 20_000], [1, 2, 3])
    func theContentOfATurnIsOneChunk(_ length: Int, _ pieces: Int) throws {
        let text = (0..<pieces).map { String(repeating: String($0), count: length) }
        for withHead in [false, true] {
            var output = AnswerOutput()
            var head = ByteBuffer()
            output.begin(BinaryHTTP.ResponseHead(status: 200, fields: []))
            if !withHead { head = output.take() }
            for piece in text { output.append(ByteBuffer(string: piece)) }
            let content = output.take()
            #expect(output.isEmpty)
            let answer = try self.read(head, content)
            #expect(answer.text == text.joined())
            #expect(answer.chunks.count == 1)
            // As short as it can be: the same bytes as if it had come as one piece.
            var expected = ByteBuffer()
            BinaryHTTP.write(BinaryHTTP.ResponseHead(status: 200, fields: []), to: &expected)
            BinaryHTTP.write(content: ByteBuffer(string: text.joined()), to: &expected)
            head.writeImmutableBuffer(content)
            #expect(head == expected)
        }
    }

    @Test func theNextTurnBeginsAnew() throws {
        let begun = self.begun()
        var output = begun.output
        output.append(ByteBuffer(string: "a"))
        output.append(ByteBuffer(string: "b"))
        let first = output.take()
        output.append(ByteBuffer(string: "c"))
        output.end()
        let answer = try self.read(begun.head, first, output.take())
        #expect(answer.chunks == ["ab", "c"])
        #expect(answer.isComplete)
    }

    @Test func aPieceThatIsNotCopiedFollowsWhatCameBefore() throws {
        let begun = self.begun()
        var output = begun.output
        output.append(ByteBuffer(string: "a"))
        output.append(ByteBuffer(string: "b"))
        let large = ByteBuffer(string: "large")
        let before = output.takeBefore(large)
        output.append(ByteBuffer(string: "c"))
        output.end()
        let answer = try self.read(begun.head, before, large, output.take())
        #expect(answer.chunks == ["ab", "large", "c"])
        #expect(answer.isComplete)
    }

    @Test func whatItCameInIsNotWrittenOn() {
        var output = AnswerOutput()
        let read = ByteBuffer(string: "one two three")
        var rest = read
        for _ in 0..<2 {
            if let piece = rest.readSlice(length: 4) { output.append(piece) }
        }
        _ = output.take()
        #expect(String(buffer: read) == "one two three")
        #expect(String(buffer: rest) == "three")
    }
}
