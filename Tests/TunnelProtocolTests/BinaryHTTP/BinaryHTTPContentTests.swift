import NIOCore
import Testing
import TunnelProtocol

@Suite("Binary HTTP's content and writing")
struct BinaryHTTPContentTests {
    /// Where a buffer's bytes lie in memory; only compared, never read.
    private func place(_ bytes: ByteBuffer) -> Range<UInt> {
        bytes.withUnsafeReadableBytes { memory in
            let start = UInt(bitPattern: memory.baseAddress)
            return start..<start + UInt(memory.count)
        }
    }

    @Test("content is a slice of what was received")
    func slices() throws {
        var decoder = BinaryHTTP.Decoder(.response)
        let first = BinaryHTTPReading.bytes("03 40c8 00 05 6162")
        let second = BinaryHTTPReading.bytes("636465 026667 00 00")
        var places: [Range<UInt>] = []
        var text = ""
        for piece in [first, second] {
            decoder.receive(piece)
            while let part = try decoder.next() {
                guard case .content(let bytes) = part else { continue }
                places.append(self.place(bytes))
                text += String(buffer: bytes)
            }
        }
        #expect(text == "abcdefg")
        let origins = [self.place(first), self.place(second), self.place(second)]
        #expect(places.count == origins.count)
        for (place, origin) in zip(places, origins) {
            #expect(origin.contains(place.lowerBound) && origin.upperBound >= place.upperBound)
        }
    }

    @Test("content comes chunk by chunk, never empty")
    func chunks() throws {
        var decoder = BinaryHTTP.Decoder(.response)
        var bytes = ByteBuffer()
        BinaryHTTP.write(BinaryHTTP.ResponseHead(status: 200, fields: []), to: &bytes)
        for text in ["one", "", "two"] { BinaryHTTP.write(content: ByteBuffer(string: text), to: &bytes) }
        BinaryHTTP.writeEnd(trailers: [], to: &bytes)
        decoder.receive(bytes)
        var parts: [BinaryHTTP.Part] = []
        while let part = try decoder.next() { parts.append(part) }
        #expect(
            parts == [
                .responseHead(.init(status: 200, fields: [])), .content(ByteBuffer(string: "one")),
                .content(ByteBuffer(string: "two")), .end(trailers: []),
            ]
        )
    }

    @Test("a request is written byte by byte so")
    func writtenRequest() {
        var bytes = ByteBuffer()
        BinaryHTTP.write(BinaryHTTPVector.call.said.request!, to: &bytes)
        BinaryHTTP.write(content: ByteBuffer(string: "{}"), to: &bytes)
        BinaryHTTP.writeEnd(trailers: [], to: &bytes)
        #expect(bytes == BinaryHTTPVector.call.bytes)
    }

    @Test("a response is written byte by byte so")
    func writtenResponse() {
        var bytes = ByteBuffer()
        BinaryHTTP.write(BinaryHTTP.ResponseHead(status: 200, fields: []), to: &bytes)
        for text in ["abc", "d", "", "ef"] { BinaryHTTP.write(content: ByteBuffer(string: text), to: &bytes) }
        BinaryHTTP.writeEnd(trailers: [.init(name: "a", value: "1"), .init(name: "a", value: "")], to: &bytes)
        #expect(BinaryHTTPReading.hexadecimal(bytes) == "0340c80003616263016402656600016101310161" + "0000")
    }

    @Test("a field without a name, which would end the fields, is left out")
    func nameless() throws {
        var bytes = ByteBuffer()
        let fields = [("", "x"), ("a", "1"), ("", "")].map { BinaryHTTP.Field(name: $0.0, value: $0.1) }
        BinaryHTTP.write(BinaryHTTP.ResponseHead(status: 404, fields: fields), to: &bytes)
        BinaryHTTP.writeEnd(trailers: fields, to: &bytes)
        #expect(BinaryHTTPReading.hexadecimal(bytes) == "034194" + "0161013100" + "00" + "0161013100")
    }

    @Test(
        "a chunk's length takes as few bytes as it can",
        arguments: [
            (1, "01"), (63, "3f"), (64, "4040"), (16_383, "7fff"), (16_384, "80004000"), ((1 << 30) - 1, "bfffffff"),
            (1 << 30, "c000000040000000"),
        ]
    )
    func chunkLength(_ length: Int, _ hexadecimal: String) {
        var bytes = ByteBuffer()
        BinaryHTTP.writeContentHeader(length: length, to: &bytes)
        #expect(BinaryHTTPReading.hexadecimal(bytes) == hexadecimal)
    }

    @Test("what is written is read again, cut at random", arguments: UInt64(1)...100)
    func random(seed: UInt64) throws {
        var source = BinaryHTTPRandom(seed: seed)
        let head = BinaryHTTP.RequestHead(
            method: source.text(1...10),
            scheme: source.text(0...5),
            authority: source.text(0...80),
            path: "/" + source.text(0...300),
            fields: source.fields()
        )
        let trailers = source.fields()
        var bytes = ByteBuffer()
        var expected = [BinaryHTTP.Part.requestHead(head)]
        var content = ByteBuffer()
        BinaryHTTP.write(head, to: &bytes)
        for _ in 0..<Int.random(in: 0...5, using: &source) {
            let chunk = ByteBuffer(string: source.text(0...2_000))
            content.writeImmutableBuffer(chunk)
            BinaryHTTP.write(content: chunk, to: &bytes)
        }
        BinaryHTTP.writeEnd(trailers: trailers, to: &bytes)
        if content.readableBytes > 0 { expected.append(.content(content)) }
        expected.append(.end(trailers: trailers))
        var pieces: [ByteBuffer] = []
        while bytes.readableBytes > 0 {
            let most = min(bytes.readableBytes, Bool.random(using: &source) ? 3 : 2_000)
            pieces.append(bytes.readSlice(length: Int.random(in: 0...most, using: &source))!)
        }
        #expect(try BinaryHTTPReading.parts(.request, pieces) == expected, "seed \(seed)")
    }

    @Test("random bytes never do more than fail", arguments: UInt64(1)...60)
    func rubbish(seed: UInt64) {
        var source = BinaryHTTPRandom(seed: seed)
        for kind in [BinaryHTTP.Decoder.Kind.request, .response] {
            // A right beginning, so that the rubbish gets somewhere.
            var bytes = kind == .request ? BinaryHTTPVector.call.bytes : BinaryHTTPVector.response.bytes
            for _ in 0..<4 {
                let index = Int.random(in: 0..<bytes.readableBytes, using: &source)
                bytes.setInteger(UInt8.random(in: 0...255, using: &source), at: index)
            }
            let whole = BinaryHTTPReading.fault(kind, [bytes])
            let single = BinaryHTTPReading.fault(kind, BinaryHTTPReading.single(bytes))
            #expect(whole == single, "seed \(seed)")
        }
    }
}

/// Random numbers that a seed brings back (SplitMix64), and what can be made of them.
private struct BinaryHTTPRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func text(_ length: ClosedRange<Int>) -> String {
        let letters = Array("abcdefghij-0123".utf8)
        let count = Int.random(in: length, using: &self)
        return String(
            decoding: (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &self)] },
            as: UTF8.self
        )
    }

    mutating func fields() -> [BinaryHTTP.Field] {
        (0..<Int.random(in: 0...6, using: &self)).map { _ in
            BinaryHTTP.Field(name: "x" + self.text(0...30), value: self.text(0...200))
        }
    }
}
