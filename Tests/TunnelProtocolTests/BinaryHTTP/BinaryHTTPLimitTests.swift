import NIOCore
import Testing

@testable import TunnelProtocol

@Suite("Binary HTTP's limits")
struct BinaryHTTPLimitTests {
    private static let limit = BinaryHTTP.Decoder.largestFields

    /// How a message comes.
    enum Arrival: CaseIterable {
        case atOnce
        case inHalves
        case inPackets

        func pieces(_ bytes: ByteBuffer) -> [ByteBuffer] {
            switch self {
            case .atOnce:
                return [bytes]
            case .inHalves:
                return BinaryHTTPReading.cut(bytes, at: bytes.readableBytes / 2)
            case .inPackets:
                var rest = bytes
                var pieces: [ByteBuffer] = []
                while let piece = rest.readSlice(length: min(16_382, rest.readableBytes)), piece.readableBytes > 0 {
                    pieces.append(piece)
                }
                return pieces
            }
        }
    }

    /// A field line of so many bytes, 7 at least.
    private static func line(_ size: Int) -> [UInt8] {
        let value = size - 6
        let length = UInt32(value) | 0x8000_0000
        let prefix =
            [UInt8(1), UInt8(ascii: "a")] + (0..<4).reversed().map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
        return prefix + [UInt8](repeating: UInt8(ascii: "v"), count: value)
    }

    private static func bytes(_ before: String, _ lines: [UInt8], _ after: String) -> ByteBuffer {
        var bytes = BinaryHTTPReading.bytes(before)
        bytes.writeBytes(lines)
        bytes.writeImmutableBuffer(BinaryHTTPReading.bytes(after))
        return bytes
    }

    /// A request whose head, counted without the framing indicator, has so many bytes in `lines` lines.
    private static func request(_ size: Int, lines: Int) -> ByteBuffer {
        // 12 bytes of control data, 1 at the end of the fields.
        self.bytes("02 03474554 0468747470 00 012f", self.lines(size - 13, lines), "00 00 00")
    }

    private static func response(_ size: Int, lines: Int) -> ByteBuffer {
        self.bytes("03 40c8", self.lines(size - 3, lines), "00 00 00")
    }

    private static func trailers(_ size: Int, lines: Int) -> ByteBuffer {
        self.bytes("03 40c8 00 00", self.lines(size - 1, lines), "00")
    }

    private static func lines(_ size: Int, _ count: Int) -> [UInt8] {
        let each = size / count
        return (1..<count).flatMap { _ in self.line(each) } + self.line(size - each * (count - 1))
    }

    @Test("a head of the largest size is taken, a larger one is not", arguments: Arrival.allCases, [1, 3, 1_000])
    func head(_ arrival: Arrival, _ lines: Int) {
        let cases: [(BinaryHTTP.Decoder.Kind, (Int, Int) -> ByteBuffer)] = [
            (.request, { Self.request($0, lines: $1) }),
            (.response, { Self.response($0, lines: $1) }),
            (.response, { Self.trailers($0, lines: $1) }),
        ]
        for (index, (kind, message)) in cases.enumerated() {
            let largest = arrival.pieces(message(Self.limit, lines))
            #expect(BinaryHTTPReading.fault(kind, largest) == nil, "case \(index)")
            for size in [Self.limit + 1, Self.limit * 2 - 100, Self.limit * 4] {
                let larger = arrival.pieces(message(size, lines))
                #expect(BinaryHTTPReading.fault(kind, larger) == .tooLarge, "case \(index), \(size) bytes")
            }
        }
    }

    @Test("what is too large is refused before it is there", arguments: [Self.limit + 100, Self.limit * 2])
    func early(_ size: Int) {
        for (kind, message) in [
            (BinaryHTTP.Decoder.Kind.request, Self.request(size, lines: 2)),
            (.response, Self.response(size, lines: 2)), (.response, Self.trailers(size, lines: 2)),
        ] {
            // 5 bytes stand before the trailers, fewer before the other sections.
            let begun = BinaryHTTPReading.cut(message, at: Self.limit + 6)[0]
            #expect(BinaryHTTPReading.fault(kind, [begun], ends: false) == .tooLarge)
        }
    }

    @Test(
        "a length that alone is too large is refused at once",
        arguments: [
            (BinaryHTTP.Decoder.Kind.request, "02 80020001"), (.request, "02 03474554 ffffffffffffffff"),
            (.request, "02 03474554 0468747470 80020001"), (.request, "02 03474554 0468747470 00 80020001"),
            (.response, "03 40c8 80020001"), (.response, "03 40c8 0161 80020001"),
            (.response, "03 40c8 ffffffffffffffff"), (.response, "03 40c8 00 00 80020001"),
            (.response, "03 40c8 00 00 0161 ffffffffffffffff"),
        ]
    )
    func announced(_ kind: BinaryHTTP.Decoder.Kind, _ hexadecimal: String) {
        #expect(BinaryHTTPReading.fault(kind, [BinaryHTTPReading.bytes(hexadecimal)], ends: false) == .tooLarge)
    }

    @Test("control data counts too")
    func controlData() {
        var bytes = ByteBuffer()
        let long = String(repeating: "a", count: Self.limit / 2)
        BinaryHTTP.write(
            BinaryHTTP.RequestHead(method: long, scheme: "http", authority: long, path: "/", fields: []),
            to: &bytes
        )
        for arrival in Arrival.allCases {
            #expect(BinaryHTTPReading.fault(.request, arrival.pieces(bytes)) == .tooLarge)
        }
    }

    @Test("each head and the trailers may have the largest size in one message")
    func eachSection() throws {
        var bytes = Self.bytes("03 4064", Self.lines(Self.limit - 3, 2), "00")
        bytes.writeImmutableBuffer(Self.bytes("40c8", Self.lines(Self.limit - 3, 2), "00 0178 00"))
        bytes.writeImmutableBuffer(Self.bytes("", Self.lines(Self.limit - 1, 2), "00"))
        for arrival in Arrival.allCases {
            #expect(try BinaryHTTPReading.parts(.response, arrival.pieces(bytes)).count == 4)
        }
    }

    /// However the bytes come, each line is looked at once: nothing is left of it that would be read again with the next piece.
    @Test("a line that is whole is read, whatever is missing behind it")
    func eachLineOnce() throws {
        let lines = Array(repeating: [1, UInt8(ascii: "a"), 0] as [UInt8], count: 1_000).flatMap(\.self)
        for (kind, message, sections) in [
            (BinaryHTTP.Decoder.Kind.request, Self.bytes("02 03474554 0468747470 00 012f", lines, "00 00 00"), 2),
            (.response, Self.bytes("03 40c8", lines, "00 00 00"), 2),
            (.response, Self.bytes("03 40c8 00 00", lines, "00"), 2),
        ] {
            var decoder = BinaryHTTP.Decoder(kind)
            var (parts, longest) = (0, 0)
            for piece in BinaryHTTPReading.single(message) {
                decoder.receive(piece)
                while try decoder.next() != nil { parts += 1 }
                longest = max(longest, decoder.unread)
            }
            #expect(parts == sections)
            #expect(longest < 5)
        }
    }

    @Test("trailers that break off behind a whole line are not whole")
    func brokenTrailers() {
        let pieces = BinaryHTTPReading.single(BinaryHTTPReading.bytes("03 40c8 00 00 0161 0162"))
        #expect(BinaryHTTPReading.fault(.response, pieces) == .truncated)
    }

    @Test("content has no limit, and is passed on before its chunk is whole")
    func content() throws {
        var decoder = BinaryHTTP.Decoder(.response)
        decoder.receive(BinaryHTTPReading.bytes("03 40c8 00 ffffffffffffffff"))
        #expect(try decoder.next() == .responseHead(.init(status: 200, fields: [])))
        let piece = ByteBuffer(repeating: 7, count: 100_000)
        for _ in 0..<10 {
            decoder.receive(piece)
            #expect(try decoder.next() == .content(piece))
            #expect(try decoder.next() == nil)
        }
        #expect(throws: BinaryHTTP.DecodingError.truncated) { try decoder.finish() }
    }
}
