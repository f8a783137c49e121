import NIOCore
import Testing
import TunnelProtocol

@Suite("The control stream's lines")
struct ControlLineTests {
    private static let longest = ControlMessage.LineDecoder.longestLine
    private static let stream = ControlMessageSample.all.map { $0.line + "\n" }.joined()
    private static let messages = ControlMessageSample.all.map(\.message)

    @Test("messages come out the same wherever the stream is cut", arguments: ControlMessageSample.all)
    func cuts(_ sample: ControlMessageSample) throws {
        let bytes = Array((sample.line + "\n\n" + #"{"type":"probe"}"# + "\n").utf8)
        for index in 0...bytes.count {
            var decoder = ControlMessage.LineDecoder()
            let first = try decoder.receive(ByteBuffer(bytes: bytes[..<index]))
            // A message is told as soon as its line is whole, not before.
            #expect(
                first.count == (index == bytes.count ? 2 : index > sample.line.utf8.count ? 1 : 0),
                "cut at \(index)"
            )
            let second = try decoder.receive(ByteBuffer(bytes: bytes[index...]))
            #expect(first + second == [sample.message, .probe], "cut at \(index)")
        }
    }

    @Test("byte by byte too")
    func single() throws {
        var decoder = ControlMessage.LineDecoder()
        var messages: [ControlMessage] = []
        for byte in Self.stream.utf8 { messages += try decoder.receive(ByteBuffer(bytes: [byte])) }
        #expect(messages == Self.messages)
    }

    @Test(
        "empty lines are passed over",
        arguments: ["\n", "\n\n\n", "\n{\"type\":\"probe\"}\n\n\n{\"type\":\"probe\"}\n"]
    )
    func emptyLines(_ text: String) throws {
        var decoder = ControlMessage.LineDecoder()
        let messages = try decoder.receive(ByteBuffer(string: text))
        #expect(messages.allSatisfy { $0 == .probe })
        #expect(messages.count == text.split(separator: "\n").count)
    }

    @Test("an empty piece changes nothing")
    func emptyPiece() throws {
        var decoder = ControlMessage.LineDecoder()
        #expect(try decoder.receive(ByteBuffer()).isEmpty)
        #expect(try decoder.receive(ByteBuffer(string: #"{"type":"#)).isEmpty)
        #expect(try decoder.receive(ByteBuffer()).isEmpty)
        #expect(try decoder.receive(ByteBuffer(string: "\"probe\"}\n")) == [.probe])
    }

    /// A message whose line has so many bytes.
    private func line(_ size: Int) -> String {
        let frame = #"{"type":"later","x":""}"#
        return #"{"type":"later","x":""# + String(repeating: "x", count: size - frame.utf8.count) + "\"}"
    }

    @Test("a line of the largest size is taken, however it comes", arguments: [1, 2, 7])
    func longest(_ pieces: Int) throws {
        var decoder = ControlMessage.LineDecoder()
        let bytes = Array((self.line(Self.longest) + "\n").utf8)
        var messages: [ControlMessage] = []
        for piece in 0..<pieces {
            let range = bytes.count * piece / pieces..<bytes.count * (piece + 1) / pieces
            messages += try decoder.receive(ByteBuffer(bytes: bytes[range]))
        }
        #expect(messages == [.unknown(type: "later")])
    }

    @Test("a longer line is refused, however it comes", arguments: [1, 2, 7])
    func tooLong(_ pieces: Int) {
        let bytes = Array((self.line(Self.longest + 1) + "\n").utf8)
        #expect(throws: ControlMessage.DecodingError.self) {
            var decoder = ControlMessage.LineDecoder()
            for piece in 0..<pieces {
                let range = bytes.count * piece / pieces..<bytes.count * (piece + 1) / pieces
                _ = try decoder.receive(ByteBuffer(bytes: bytes[range]))
            }
        }
    }

    @Test("a line without an end is refused as soon as it is too long")
    func endless() throws {
        var decoder = ControlMessage.LineDecoder()
        #expect(try decoder.receive(ByteBuffer(repeating: 0x78, count: Self.longest)).isEmpty)
        #expect(throws: ControlMessage.DecodingError.self) {
            try decoder.receive(ByteBuffer(repeating: 0x78, count: 1))
        }
    }

    @Test("many short lines may be longer together")
    func manyLines() throws {
        var decoder = ControlMessage.LineDecoder()
        let text = String(repeating: "{\"type\":\"probe\"}" + String(repeating: " ", count: 4_000) + "\n", count: 300)
        #expect(try decoder.receive(ByteBuffer(string: text)).count == 300)
    }
}
