import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Upstream

/// Random bytes, read by this parser and by NIO's: what this one takes for an answer, NIO reads the same.
struct AnswerParserComparisonTests {
    @Test func theSameAsNIO() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SeededDice(seed: seed)
        var taken = 0
        for _ in 0..<3_000 {
            var bytes = Array(Self.answer(&dice).utf8)
            if Bool.random(using: &dice) { Self.damage(&bytes, &dice) }
            let words = AnswerParserTests.read(Self.cut(bytes, &dice), thenEnds: true)
            // To NIO an informational answer of HTTP/1.0 closes the connection that its answer is to come on.
            let isOdd = bytes.starts(with: "HTTP/1.0 100".utf8)
            guard words.count == 3, !isOdd else { continue }
            taken += 1
            let others = Self.readByNIO(bytes)
            #expect(
                Array(words.prefix(2)) == others,
                "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)"
            )
        }
        #expect(taken > 500)
    }

    /// Nothing makes it trap, and cutting changes nothing.
    @Test func cutsChangeNothing() {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SeededDice(seed: seed)
        for _ in 0..<3_000 {
            var bytes = Array(Self.answer(&dice).utf8)
            for _ in 0..<Int.random(in: 0...3, using: &dice) { Self.damage(&bytes, &dice) }
            let whole = AnswerParserTests.read([ByteBuffer(bytes: bytes)], thenEnds: true)
            let cut = AnswerParserTests.read(Self.cut(bytes, &dice), thenEnds: true)
            // What comes after an answer is seen only when it comes with it.
            let isSame = whole == cut || (whole.last == "closes" && whole.dropLast() == cut.dropLast())
            #expect(
                isSame,
                "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription): \(whole), \(cut)"
            )
        }
    }

    // MARK: Inside

    private static func answer(_ dice: inout SeededDice) -> String {
        let status = [200, 200, 404, 204, 304, 503].randomElement(using: &dice) ?? 200
        var text = Int.random(in: 0..<8, using: &dice) == 0 ? "HTTP/1.1 100 Continue\r\n\r\n" : ""
        text += "HTTP/1.\(Int.random(in: 0..<5, using: &dice) == 0 ? 0 : 1) \(status) Fine\r\n"
        for field in ["server: x", "Connection: close", "connection: keep-alive", "x-a:b", "content-type: text/plain"]
        where Bool.random(using: &dice) { text += field + "\r\n" }
        let body = String(repeating: "b", count: Int.random(in: 0...20, using: &dice))
        switch Int.random(in: 0..<3, using: &dice) {
        case 0:
            text += "content-length: \(body.utf8.count)\r\n\r\n" + body
        case 1:
            text += "transfer-encoding: chunked\r\n\r\n"
            for _ in 0..<Int.random(in: 0...3, using: &dice) where !body.isEmpty {
                text += String(body.utf8.count, radix: 16) + "\r\n" + body + "\r\n"
            }
            text += "0\r\n" + (Bool.random(using: &dice) ? "t: u\r\n" : "") + "\r\n"
        default:
            text += "\r\n" + body
        }
        return text
    }

    private static func damage(_ bytes: inout [UInt8], _ dice: inout SeededDice) {
        // Without the tabulator, which NIO does not take for the white space that it is, and the semicolon: what it
        // begins behind a chunk's size is passed over here and looked at there.
        let spice: [UInt8] = [0, 10, 13, 32, 44, 48, 49, 58, 97, 127, 200]
        let index = Int.random(in: bytes.indices, using: &dice)
        switch Int.random(in: 0..<3, using: &dice) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(spice.randomElement(using: &dice) ?? 0, at: index)
        default: bytes[index] = spice.randomElement(using: &dice) ?? 0
        }
    }

    private static func cut(_ bytes: [UInt8], _ dice: inout SeededDice) -> [ByteBuffer] {
        var pieces: [ByteBuffer] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...rest.count, using: &dice)
            pieces.append(ByteBuffer(bytes: rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    /// Status and body, or a fault.
    private static func readByNIO(_ bytes: [UInt8]) -> [String] {
        let channel = EmbeddedChannel()
        let listener = Listener()
        do {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(HTTPRequestEncoder())
            try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder()))
            try pipeline.addHandler(listener)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            channel.write(
                HTTPClientRequestPart.head(HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")),
                promise: nil
            )
            channel.flush()
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
            channel.close(promise: nil)
            channel.embeddedEventLoop.run()
        } catch {
            return ["\(error)"]
        }
        return listener.words
    }

    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart
        var words: [String] = []
        private var body = ""

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch self.unwrapInboundIn(data) {
            case .head(let head): self.words.append("\(head.status.code)")
            case .body(let bytes): self.body += String(buffer: bytes)
            case .end: self.words.append(self.body)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            // Complaints about what comes after the answer do not matter.
            if self.words.count < 2 { self.words.append("\(error)") }
        }
    }
}
