import ContentCoding
import NIOCore
import TestSupport
import Testing

@Suite("Bodies that come encoded")
struct BodyDecoderTests {
    /// Long enough for several blocks, and hardly compressible in parts.
    private static let text: [UInt8] = {
        var state: UInt32 = 7
        let noise = (0..<600).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return Array("{\"say\":\"".utf8) + noise + Array(String(repeating: "adit ", count: 400).utf8)
    }()

    private static func encoded(_ bytes: [UInt8], _ coding: ContentCoding) -> [UInt8] {
        switch coding {
        case .gzip: Compressed.gzip(bytes)
        case .zstd: Compressed.zstd(bytes)
        }
    }

    /// What pieces become.
    private static func decoded(
        _ pieces: [ArraySlice<UInt8>],
        _ coding: ContentCoding,
        limit: Int = 1 << 20,
        slice: Int = 1_000
    ) throws(BodyDecoder.Fault) -> [UInt8] {
        let decoder = BodyDecoder(coding, limit: limit)
        var bytes: [UInt8] = []
        for piece in pieces {
            decoder.receive(ByteBuffer(bytes: piece))
            while let more = try decoder.next(atMost: slice) {
                #expect(more.readableBytes <= slice)
                bytes += more.readableBytesView
            }
        }
        try decoder.finish()
        return bytes
    }

    @Test("cut at every byte", arguments: ContentCoding.allCases)
    func cuts(coding: ContentCoding) throws {
        let encoded = Self.encoded(Self.text, coding)
        #expect(encoded.count > 500)
        for cut in 0...encoded.count {
            #expect(try Self.decoded([encoded[..<cut], encoded[cut...]], coding) == Self.text, "cut at \(cut)")
        }
        let single = encoded.indices.map { encoded[$0...$0] }
        #expect(try Self.decoded(single, coding) == Self.text)
        #expect(try Self.decoded(single, coding, slice: 1) == Self.text)
    }

    @Test("members and frames that follow each other, cut at every byte", arguments: ContentCoding.allCases)
    func several(coding: ContentCoding) throws {
        let words = ["one ", "", "three"]
        let encoded = words.flatMap { Self.encoded(Array($0.utf8), coding) }
        for cut in 0...encoded.count {
            let bytes = try Self.decoded([encoded[..<cut], encoded[cut...]], coding)
            #expect(String(decoding: bytes, as: UTF8.self) == "one three", "cut at \(cut)")
        }
    }

    @Test("a body that ends too early, at every byte", arguments: ContentCoding.allCases)
    func truncated(coding: ContentCoding) {
        let encoded = Self.encoded(Self.text, coding)
        for end in 0..<encoded.count {
            #expect(throws: BodyDecoder.Fault.broken("it ends before its end"), "\(end) bytes") {
                try Self.decoded([encoded[..<end]], coding)
            }
        }
    }

    @Test("what is something else", arguments: ContentCoding.allCases)
    func broken(coding: ContentCoding) {
        let samples: [[UInt8]] = [
            Array("{\"model\":\"m\"}".utf8),
            Self.encoded(Self.text, coding) + Array("and more".utf8),
            Self.encoded(Self.text, coding == .gzip ? .zstd : .gzip),
        ]
        for sample in samples {
            do throws(BodyDecoder.Fault) {
                _ = try Self.decoded([sample[...]], coding)
                Issue.record("\(sample.prefix(12)) was decoded")
            } catch {
                guard case .broken = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
    }

    @Test("a bit that was turned is noticed", arguments: ContentCoding.allCases)
    func checksums(coding: ContentCoding) {
        var encoded = Self.encoded(Self.text, coding)
        encoded[encoded.count / 2] ^= 0x10
        #expect(throws: BodyDecoder.Fault.self) { try Self.decoded([encoded[...]], coding) }
    }

    @Test("the limit is the decoded size, to the byte", arguments: ContentCoding.allCases)
    func limit(coding: ContentCoding) throws {
        let encoded = Self.encoded(Self.text, coding)
        #expect(try Self.decoded([encoded[...]], coding, limit: Self.text.count) == Self.text)
        #expect(throws: BodyDecoder.Fault.tooLarge) {
            try Self.decoded([encoded[...]], coding, limit: Self.text.count - 1)
        }
    }

    @Test("what stands for far more than the limit is never unpacked beyond it")
    func bombs() throws {
        let zeros = [UInt8](repeating: 0, count: 32 << 20)
        for (coding, bomb) in [
            (ContentCoding.gzip, Compressed.gzip(zeros)), (.zstd, Compressed.zstd(zeros, tellsLength: false)),
        ] {
            #expect(bomb.count < 64 << 10)
            let decoder = BodyDecoder(coding, limit: 1 << 20)
            decoder.receive(ByteBuffer(bytes: bomb))
            var seen = 0
            #expect(throws: BodyDecoder.Fault.tooLarge) {
                while let slice = try decoder.next(atMost: 64 << 10) { seen += slice.readableBytes }
            }
            #expect(seen <= 1 << 20)
        }
        // A frame that tells its length is not even begun.
        let honest = BodyDecoder(.zstd, limit: 1 << 20)
        honest.receive(ByteBuffer(bytes: Compressed.zstd(zeros).prefix(32)))
        #expect(throws: BodyDecoder.Fault.tooLarge) { try honest.next(atMost: 1) }
    }

    @Test("a window of more than 8 MiB is refused before it is made")
    func windows() throws {
        let zeros = [UInt8](repeating: 0, count: 9 << 20)
        let large = Compressed.zstd(zeros, tellsLength: false, windowLog: 24)
        #expect(throws: BodyDecoder.Fault.self) { try Self.decoded([large[...]], .zstd, limit: 16 << 20) }
        let allowed = Compressed.zstd(zeros, tellsLength: false, windowLog: 23)
        #expect(try Self.decoded([allowed[...]], .zstd, limit: 16 << 20, slice: 1 << 20).count == zeros.count)
    }

    @Test("pieces of nothing change nothing", arguments: ContentCoding.allCases)
    func nothing(coding: ContentCoding) throws {
        let encoded = Self.encoded(Self.text, coding)
        let none = [ArraySlice<UInt8>](repeating: [], count: 40)
        let bytes = try Self.decoded(none + [encoded[..<20]] + none + [encoded[20...]] + none, coding)
        #expect(bytes == Self.text)
    }

    @Test(
        "the header",
        arguments: [
            ([], ContentCoding.Choice.identity), (["identity"], .identity), ([""], .identity),
            (["gzip"], .coding(.gzip)), (["GZIP"], .coding(.gzip)), (["x-gzip"], .coding(.gzip)),
            ([" zstd "], .coding(.zstd)), (["identity, zstd"], .coding(.zstd)), (["gzip, zstd"], .refused),
            (["gzip", "gzip"], .refused), (["br"], .refused), (["deflate"], .refused), (["gzip;q=1"], .refused),
        ]
    )
    func header(_ values: [String], _ choice: ContentCoding.Choice) {
        #expect(ContentCoding.choice(values) == choice)
    }
}
