import Dialects
import Foundation
import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@Suite("Responses: random streams")
struct ResponsesRandomTests {
    /// SplitMix64 (Steele, Lea and Flood, 2014).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var value = self.state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    /// As they stand between a JSON string's quotes; halves of characters are among them.
    private static let texts = [
        "", "a", "ä😀", #"\"\\\n"#, #"\u0001"#, "{}", #"{\"input\":\"x\"}"#, "long text, rather", #"\ud83d"#,
        #"x\uD83D"#,
        #"\ude00"#, #"\\\ud83d"#, #"\\ud83d"#,
    ]

    private func steps(_ random: inout Generator) -> [ResponsesScript.Step] {
        var steps: [ResponsesScript.Step] = []
        var calls = 0
        for _ in 0..<Int.random(in: 0...30, using: &random) {
            let text = EscapedText(ByteBuffer(string: Self.texts.randomElement(using: &random) ?? ""))
            let choice = Int.random(in: 0...9, using: &random) == 0 ? 1 : 0
            switch Int.random(in: 0...9, using: &random) {
            case 0, 1: steps.append(.event(.text(text, choice: choice)))
            case 2: steps.append(.event(.reasoning(text, choice: choice)))
            case 3: steps.append(.event(.refusal(text, choice: choice)))
            case 4:
                let id = ["", "call_same", "call_\(calls)"].randomElement(using: &random) ?? ""
                let name = EscapedText(["f", "p", "ns__f", "unknown"].randomElement(using: &random) ?? "f")
                steps.append(.event(.toolCall(index: calls, id: id, name: name, choice: 0)))
                calls += 1
            case 5, 6:
                let index = Int.random(in: 0...calls, using: &random)
                steps.append(.event(.toolArguments(text, index: index, choice: choice)))
            case 7: steps.append(.event(.logprobs([["token": "x", "logprob": -1]], choice: choice)))
            case 8: steps.append(.keepAlive(minute: Bool.random(using: &random)))
            default: steps.append(.event(.usage(Usage(input: 3, cachedInput: 9, output: 2))))
            }
        }
        let reasons: [FinishReason] = [.stop, .stopSequence("x"), .length, .toolCalls, .contentFilter]
        switch Int.random(in: 0...5, using: &random) {
        case 0: steps.append(.fail(GatewayError(.upstreamTimeout, "Late.")))
        case 1: steps.append(.finish)
        default: steps += [.event(.finish(reasons.randomElement(using: &random) ?? .stop, choice: 0)), .finish]
        }
        return steps
    }

    private static let requests = [
        #"{"model":"m","input":"x"}"#,
        #"{"model":"m","input":"x","top_logprobs":2,"include":["reasoning.encrypted_content"]}"#,
        #"{"model":"m","input":"x","parallel_tool_calls":false,"tools":[{"type":"function","name":"f"},{"type":"custom","name":"p"}]}"#,
        #"{"model":"m","input":"x","tools":[{"type":"custom","name":"p"},{"type":"namespace","name":"ns","tools":[{"type":"function","name":"f"}]}]}"#,
    ]

    @Test("whatever the model says, the grammar holds")
    func grammar() async throws {
        let seed = ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) } ?? .random(in: .min ... .max)
        var random = Generator(state: seed)
        for round in 0..<400 {
            await Task.yield()
            let request = try ResponsesRequest(text: Self.requests[round % Self.requests.count])
            let steps = self.steps(&random)
            var stream = ResponsesStream(request, identity: .test)
            var bytes = ByteBuffer()
            for piece in ResponsesScript(steps: steps).play(into: &stream) { bytes.writeImmutableBuffer(piece) }
            let faults = ResponsesStreamChecker(bytes).faults
            #expect(faults == [], "ADIT_SEED=\(seed), round \(round): \(String(buffer: bytes))")
            let response = try JSONValue(reading: stream.response ?? ByteBuffer())
            #expect(response["output"]?.array == stream.output, "ADIT_SEED=\(seed), round \(round)")
            guard faults.isEmpty else { return }
        }
    }

    @Test("a megabyte of arguments")
    func large() throws {
        let request = try ResponsesRequest(text: #"{"model":"m","input":"x"}"#)
        let piece = EscapedText(String(repeating: "\"x\" ", count: 256))
        var steps: [ResponsesScript.Step] = [
            .event(.toolCall(index: 0, id: "c", name: EscapedText("f"), choice: 0))
        ]
        for _ in 0..<1_024 { steps.append(.event(.toolArguments(piece, index: 0, choice: 0))) }
        steps += [.event(.finish(.toolCalls, choice: 0)), .finish]
        var stream = ResponsesStream(request, identity: .test)
        var bytes = ByteBuffer()
        for told in ResponsesScript(steps: steps).play(into: &stream) { bytes.writeImmutableBuffer(told) }
        #expect(ResponsesStreamChecker(bytes).faults == [])
        #expect(stream.output[0]["arguments"]?.string?.utf8.count == 1 << 20)
    }
}
