import NIOCore
import Testing

@testable import Dialects

/// The quick look at a chunk finds what the scanner finds, which reads all of it.
@Suite("A quick look at a chunk")
struct ChunkProbeTests {
    private static let members = [
        #""model":"own""#, #""model" : "a\\" "#, #""model":null"#, #""mode":"model""#, #""x":"\"model\":\"y\"""#,
        #""usage":{"a":{"b":[1]},"usage":{}}"#, #""usage":null"#, #""usage":[]"#, #""x":{"usage":{}}"#,
        #""error":null"#, #""error":"""#, #""error":"a""#, #""error":{"code":5,"a":{"code":6}}"#, #""error":false"#,
        #""x":{"error":"a","model":"b"}"#, #""choices":[]"#, #""choices":[ ]"#, #""choices":[{"delta":{}}]"#,
        #""choices":null"#, #""x":[{"model":"a","error":{"code":1}}]"#, #""x":{"choices":[]}"#, #""code":7"#,
        #""x":["model","error"]"#, #""é":"model""#, #""timings":{"a":[{}]}"#, #""timings":null"#,
        #""x":{"timings":{}}"#,
    ]

    @Test("both find the same")
    func same() {
        var generator = SystemRandomNumberGenerator()
        let seed = generator.next()
        print("A quick look at a chunk: seed \(seed)")
        var state = seed
        for _ in 0..<3_000 {
            var chosen: [String] = []
            var names: Set<Substring> = []
            for _ in 0..<6 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let member = Self.members[Int(state >> 33) % Self.members.count]
                // A chunk says nothing twice.
                if names.insert(member.split(separator: ":")[0].filter { $0 != " " }[...]).inserted {
                    chosen.append(member)
                }
            }
            let text =
                state >> 32 & 1 == 0
                ? "{" + chosen.joined(separator: ",") + "}" : "{ " + chosen.joined(separator: " ,\n") + " }"
            let bytes = Array(text.utf8)
            let probe = ChunkProbe(bytes.span, in: 0..<bytes.count)
            var scanner = JSONScanner()
            var collector = AnswerCollector(publicModel: "none of them")
            scanner.scan(ByteBuffer(bytes: bytes), &collector)
            #expect(scanner.finish(&collector) == nil, "\(text)")
            var model: Range<Int>?
            collector.renaming.forEach { range, _ in
                if !range.isEmpty, bytes[range.lowerBound] == UInt8(ascii: "\"") { model = range }
            }
            #expect(probe.model == model, "seed \(seed): \(text)")
            #expect(probe.usage == collector.usageValue, "seed \(seed): \(text)")
            #expect(probe.timings == collector.timings, "seed \(seed): \(text)")
            #expect(probe.hasChoices == collector.hasChoices, "seed \(seed): \(text)")
            #expect(probe.hasError == collector.hasError, "seed \(seed): \(text)")
            #expect(probe.choicesAreEmpty == collector.choicesAreEmpty, "seed \(seed): \(text)")
            let code = probe.errorCode.map { String(decoding: bytes[$0], as: UTF8.self) }
            #expect(code == (text.contains(#""error":{"code":5,"a""#) ? "5" : nil), "seed \(seed): \(text)")
        }
    }

    @Test("it stays inside its bytes, whatever they are")
    func inside() {
        let text =
            #"{"model":"a\"b","usage":{"x":[{}]},"timings":{},"choices":[{"index":12,"finish_reason":"stop"}],"error":{"code":-1.5e3}}"#
        let bytes = Array(text.utf8)
        for start in 0...bytes.count {
            for end in start...bytes.count {
                let probe = ChunkProbe(bytes.span, in: start..<end)
                for range in [probe.model, probe.usage, probe.timings, probe.errorCode] {
                    #expect(range.map { start <= $0.lowerBound && $0.upperBound <= end } ?? true, "\(start)..<\(end)")
                }
            }
        }
    }
}
