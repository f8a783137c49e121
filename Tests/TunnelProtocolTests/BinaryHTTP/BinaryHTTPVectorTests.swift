import NIOCore
import Testing
import TunnelProtocol

@Suite("Binary HTTP, byte by byte")
struct BinaryHTTPVectorTests {
    @Test("a message says what it says, whatever way it is cut", arguments: BinaryHTTPVector.all)
    func cuts(_ vector: BinaryHTTPVector) throws {
        let bytes = vector.bytes
        for index in 0...bytes.readableBytes {
            let parts = try BinaryHTTPReading.parts(vector.kind, BinaryHTTPReading.cut(bytes, at: index))
            #expect(parts == vector.said.parts, "cut at \(index)")
        }
        #expect(try BinaryHTTPReading.parts(vector.kind, BinaryHTTPReading.single(bytes)) == vector.said.parts)
    }

    @Test(
        "a message that is cut off is refused, unless only empty sections are missing",
        arguments: BinaryHTTPVector.all
    )
    func truncated(_ vector: BinaryHTTPVector) throws {
        let bytes = vector.bytes
        for length in 0...bytes.readableBytes where !vector.chunkEnds.contains(length) {
            let pieces = [BinaryHTTPReading.cut(bytes, at: length)[0]]
            if let said = vector.wholeAt[length] {
                #expect(try BinaryHTTPReading.parts(vector.kind, pieces) == said.parts, "\(length) bytes")
            } else {
                #expect(BinaryHTTPReading.fault(vector.kind, pieces) == .truncated, "\(length) bytes")
            }
        }
    }

    /// RFC 9292 §3.8 allows an encoder to leave out content only when it is empty.
    @Test("content that is cut off behind a chunk is refused", arguments: BinaryHTTPVector.all)
    func truncatedBehindChunk(_ vector: BinaryHTTPVector) {
        for length in vector.chunkEnds {
            let pieces = [BinaryHTTPReading.cut(vector.bytes, at: length)[0]]
            #expect(BinaryHTTPReading.fault(vector.kind, pieces) == .truncated, "\(length) bytes")
        }
    }

    @Test("the end is told once")
    func endOnce() throws {
        var decoder = BinaryHTTP.Decoder(.response)
        decoder.receive(BinaryHTTPReading.bytes("03 40c8 00 00 00"))
        #expect(try decoder.next() == .responseHead(.init(status: 200, fields: [])))
        #expect(try decoder.next() == .end(trailers: []))
        #expect(try decoder.next() == nil)
        #expect(try decoder.finish() == nil)
        #expect(try decoder.finish() == nil)
    }

    @Test("an end without its bytes is told once too")
    func shortEndOnce() throws {
        var decoder = BinaryHTTP.Decoder(.response)
        decoder.receive(BinaryHTTPReading.bytes("03 40c8 00"))
        #expect(try decoder.finish() == .responseHead(.init(status: 200, fields: [])))
        #expect(try decoder.finish() == .end(trailers: []))
        #expect(try decoder.finish() == nil)
    }

    @Test(
        "another framing is refused",
        arguments: [
            (BinaryHTTP.Decoder.Kind.request, "00", UInt64(0)), (.request, "01", 1), (.request, "03", 3),
            (.request, "04", 4), (.response, "00", 0), (.response, "01", 1), (.response, "02", 2),
            (.response, "ffffffffffffffff", (1 << 62) - 1),
        ]
    )
    func framing(_ kind: BinaryHTTP.Decoder.Kind, _ hexadecimal: String, _ indicator: UInt64) {
        #expect(
            BinaryHTTPReading.fault(kind, [BinaryHTTPReading.bytes(hexadecimal)]) == .unknownFraming(indicator)
        )
    }

    @Test("a status is between 100 and 599", arguments: [(0, "00"), (99, "4063"), (600, "4258"), (16_384, "80004000")])
    func invalidStatus(_ status: UInt64, _ hexadecimal: String) {
        let fault = BinaryHTTPReading.fault(.response, [BinaryHTTPReading.bytes("03 \(hexadecimal) 00 00 00")])
        #expect(fault == .invalidStatus(status))
    }

    @Test("a status of 200 and above is final", arguments: [200, 204, 304, 404, 599])
    func finalStatus(_ status: Int) throws {
        var bytes = ByteBuffer()
        BinaryHTTP.write(BinaryHTTP.ResponseHead(status: status, fields: []), to: &bytes)
        #expect(
            try BinaryHTTPReading.parts(.response, [bytes]) == [
                .responseHead(.init(status: status, fields: [])), .end(trailers: []),
            ]
        )
    }

    @Test("after an informational head comes another head", arguments: [100, 102, 199])
    func informational(_ status: Int) throws {
        let first = "03 40\(String(status, radix: 16)) 00"
        #expect(BinaryHTTPReading.fault(.response, [BinaryHTTPReading.bytes(first)]) == .truncated)
        let whole = BinaryHTTPReading.bytes(first + "40c8 00 00 00")
        #expect(
            try BinaryHTTPReading.parts(.response, [whole]) == [
                .responseHead(.init(status: status, fields: [])), .responseHead(.init(status: 200, fields: [])),
                .end(trailers: []),
            ]
        )
    }

    @Test("padding is zero bytes, however many and however cut")
    func padding() throws {
        let message = BinaryHTTPReading.bytes("03 40c8 00 00 00")
        for count in [1, 2, 64, 5_000] {
            let padding = ByteBuffer(repeating: 0, count: count)
            let parts = try BinaryHTTPReading.parts(.response, [message, padding, padding])
            #expect(parts == [.responseHead(.init(status: 200, fields: [])), .end(trailers: [])])
        }
    }

    @Test("anything but zero after the end is refused", arguments: ["01", "000001", "ff", "03 40c8 00"])
    func afterTheEnd(_ hexadecimal: String) {
        let message = BinaryHTTPReading.bytes("03 40c8 00 00 00 \(hexadecimal)")
        #expect(BinaryHTTPReading.fault(.response, [message]) == .trailingBytes)
        #expect(BinaryHTTPReading.fault(.response, BinaryHTTPReading.single(message)) == .trailingBytes)
    }
}
