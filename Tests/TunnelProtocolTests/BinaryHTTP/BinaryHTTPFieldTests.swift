import NIOCore
import Testing
import TunnelProtocol

@Suite("Binary HTTP's fields")
struct BinaryHTTPFieldTests {
    /// Where a field stands.
    enum Place: CaseIterable {
        case request
        case informational
        case response
        case trailers

        /// A message whose one field stands there; its bytes are written as they are.
        func message(_ name: [UInt8], _ value: [UInt8]) -> (kind: BinaryHTTP.Decoder.Kind, bytes: ByteBuffer) {
            let line = [UInt8(name.count)] + name + [UInt8(value.count)] + value
            let (kind, before, after): (BinaryHTTP.Decoder.Kind, String, String) =
                switch self {
                case .request: (.request, "02 03474554 0468747470 00 012f", "00 00 00")
                case .informational: (.response, "03 4064", "00 40c8 00 00 00")
                case .response: (.response, "03 40c8", "00 00 00")
                case .trailers: (.response, "03 40c8 00 00", "00")
                }
            var bytes = BinaryHTTPReading.bytes(before)
            bytes.writeBytes(line)
            bytes.writeImmutableBuffer(BinaryHTTPReading.bytes(after))
            return (kind, bytes)
        }
    }

    private func fields(_ parts: [BinaryHTTP.Part]) -> [BinaryHTTP.Field] {
        parts.flatMap { part -> [BinaryHTTP.Field] in
            switch part {
            case .requestHead(let head): head.fields
            case .responseHead(let head): head.fields
            case .end(let trailers): trailers
            case .content: []
            }
        }
    }

    @Test(
        "a name is a token in lower case",
        arguments: ["a", "content-type", "x-1", "0", "!#$%&'*+-.^_`|~", "te", "cookie"],
        Place.allCases
    )
    func names(_ name: String, _ place: Place) throws {
        let (kind, bytes) = place.message(Array(name.utf8), Array("v".utf8))
        let parts = try BinaryHTTPReading.parts(kind, [bytes])
        #expect(self.fields(parts) == [BinaryHTTP.Field(name: name, value: "v")])
    }

    @Test(
        "any other name is refused",
        arguments: [
            "A", "Content-Type", "a b", " a", "a ", "a:", ":method", ":path", ":status", "a\r", "a\n", "a\u{0}", "a\"",
            "a(", "a,b", "a/b", "a;", "a=b", "a@b", "a[", "a\\", "a{", "a\u{7F}", "ä", "\t",
        ],
        Place.allCases
    )
    func invalidNames(_ name: String, _ place: Place) {
        let (kind, bytes) = place.message(Array(name.utf8), Array("v".utf8))
        #expect(BinaryHTTPReading.fault(kind, [bytes]) == .invalidField(name))
    }

    /// RFC 9292 §3.6 would take these; here nothing that is meant for one connection crosses the tunnel.
    @Test(
        "a field of one connection is refused",
        arguments: ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host"],
        Place.allCases
    )
    func connectionFields(_ name: String, _ place: Place) {
        let (kind, bytes) = place.message(Array(name.utf8), Array("v".utf8))
        #expect(BinaryHTTPReading.fault(kind, [bytes]) == .invalidField(name))
    }

    @Test(
        "a value is anything on one line",
        arguments: ["", "a b", "a\tb", "é", "日本", "\"", ":;,", "\u{1}"],
        Place.allCases
    )
    func values(_ value: String, _ place: Place) throws {
        let (kind, bytes) = place.message(Array("a".utf8), Array(value.utf8))
        let parts = try BinaryHTTPReading.parts(kind, [bytes])
        #expect(self.fields(parts) == [BinaryHTTP.Field(name: "a", value: value)])
    }

    @Test(
        "a value that would end a line is refused",
        arguments: ["\r", "\n", "\u{0}", "a\r\nb: c", "a\nb", "a\u{0}", "é\r"],
        Place.allCases
    )
    func invalidValues(_ value: String, _ place: Place) {
        let (kind, bytes) = place.message(Array("a".utf8), Array(value.utf8))
        #expect(BinaryHTTPReading.fault(kind, [bytes]) == .invalidField("a"))
    }

    @Test("a name that is not text is refused", arguments: Place.allCases)
    func notText(_ place: Place) {
        let (kind, bytes) = place.message([0xFF, 0xFE], Array("v".utf8))
        guard case .invalidField = BinaryHTTPReading.fault(kind, [bytes]) else {
            Issue.record("the name was taken")
            return
        }
    }

    @Test("fields of one name keep their order")
    func order() throws {
        let fields = [("b", "1"), ("a", "2"), ("b", "3"), ("b", "1")].map { BinaryHTTP.Field(name: $0.0, value: $0.1) }
        var bytes = ByteBuffer()
        BinaryHTTP.write(BinaryHTTP.ResponseHead(status: 200, fields: fields), to: &bytes)
        BinaryHTTP.writeEnd(trailers: fields.reversed(), to: &bytes)
        #expect(
            try BinaryHTTPReading.parts(.response, [bytes]) == [
                .responseHead(.init(status: 200, fields: fields)), .end(trailers: fields.reversed()),
            ]
        )
    }
}
