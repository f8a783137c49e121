import TestSupport
import Testing

extension EndToEnd {
    /// Lines between connector and relay that are bad, but not broken: nothing may be lost on them.
    @Suite(.stand(isProxied: true))
    struct BadLineTests {
        @Test(arguments: [
            Weather("slow and uneven") {
                $0.delay = 40
                $0.jitter = 60
            },
            Weather("narrow") { $0.rate = 40_000 },
            Weather("stalled for a moment") { $0.isStalled = true },
        ])
        func everyWordArrives(weather: Weather) async throws {
            let stand = try Stand.lent
            let proxy = try #require(stand.proxy)
            let (call, coming) = try await stand.streaming()
            try await proxy.change { weather.make(&$0) }
            let words = (0..<200).map { " word \($0)" }
            async let said: Void = {
                for word in words { try await call.send(event: UpstreamCall.words(word)) }
                try await call.finishStream()
            }()
            try await Task.sleep(for: .milliseconds(300))
            try await proxy.change { $0.isStalled = false }
            let rest = try await withDeadline(60, "the stream ends") { try await coming.rest() }
            try await said
            let stream = try EventStream(String(decoding: rest, as: UTF8.self))
            #expect(stream.content == words.joined())
            #expect(stream.isDone)
            try await proxy.change { $0 = FaultProxy.Weather() }
        }
    }
}

extension EndToEnd.BadLineTests {
    struct Weather: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (inout FaultProxy.Weather) -> Void

        init(_ name: String, _ make: @escaping @Sendable (inout FaultProxy.Weather) -> Void) {
            self.testDescription = name
            self.make = make
        }
    }
}
