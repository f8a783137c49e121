import Gateway
import Logging
import NIOCore
import Synchronization
import Telemetry
import Testing
import Vocabulary

@Suite("The access log")
struct AccessLogTests {
    /// The lines that a record leaves.
    private func lines(_ records: CallRecord..., level: Logger.Level = .info) -> [LogSink.Line] {
        let sink = LogSink()
        var logger = Logger(label: "test") { _ in SinkHandler(sink: sink, logLevel: level) }
        logger.logLevel = level
        let log = AccessLog(logger: logger)
        for record in records { log.callEnded(record) }
        return sink.lines
    }

    @Test("one line for a call, with all that is known of it")
    func whole() {
        let lines = self.lines(.sample(usage: Usage(input: 12, cachedInput: 4, output: 34, reasoning: 5)))
        #expect(
            lines == [
                LogSink.Line(
                    level: .info,
                    message: "call",
                    metadata: [
                        "call": "req_000000000000000000000001", "endpoint": "chat.completions", "status": "200",
                        "outcome": "completed", "stream": "true", "ms": "1500", "deployment": "gemma", "key": "key_1",
                        "first_byte_ms": "20", "input_tokens": "12", "output_tokens": "34",
                    ]
                )
            ]
        )
    }

    @Test("what is not known is left out")
    func little() {
        let lines = self.lines(
            .sample(
                deployment: nil,
                key: nil,
                isStreamed: false,
                outcome: .failed(.invalidKey),
                status: 401,
                timeToFirstByte: nil,
                duration: .microseconds(999)
            ),
            level: .debug
        )
        #expect(lines.map(\.level) == [.debug], "strangers shall not fill the log")
        #expect(
            lines.map(\.metadata) == [
                [
                    "call": "req_000000000000000000000001", "endpoint": "chat.completions", "status": "401",
                    "outcome": "invalidKey", "stream": "false", "ms": "0",
                ]
            ]
        )
    }

    @Test(
        "the outcome in a word",
        arguments: [
            (CallRecord.Outcome.completed, "completed"), (.refusedByUpstream, "refused_by_upstream"),
            (.clientGone, "client_gone"),
        ] + GatewayError.Code.allCases.map { (.failed($0), $0.rawValue) }
    )
    func outcome(_ outcome: CallRecord.Outcome, _ word: String) {
        #expect(outcome.label == word)
        #expect(self.lines(.sample(outcome: outcome)).map { $0.metadata["outcome"] } == [word])
    }

    /// A record cannot hold a prompt, an answer or a secret: what it holds is listed here, and so is what is written.
    @Test("there is no room for a prompt, an answer or a secret")
    func nothingElse() throws {
        let record = CallRecord.sample(usage: Usage(input: 1, output: 1))
        #expect(
            Mirror(reflecting: record).children.compactMap(\.label) == [
                "id", "endpoint", "deployment", "key", "isStreamed", "outcome", "status", "usage", "timeToFirstByte",
                "duration", "bytesIn", "bytesOut", "isUnserved",
            ]
        )
        let line = try #require(self.lines(record).first)
        let allowed: Set = [
            "call", "endpoint", "status", "outcome", "stream", "ms", "deployment", "key", "first_byte_ms",
            "input_tokens", "output_tokens",
        ]
        #expect(Set(line.metadata.keys).isSubset(of: allowed))
    }

    @Test("a line for each call, none when calls are not to be logged")
    func levels() {
        #expect(self.lines(.sample(), .sample(), .sample()).count == 3)
        #expect(self.lines(.sample(), level: .debug).count == 1)
        #expect(self.lines(.sample(), level: .notice).isEmpty)
        #expect(self.lines(.sample(), level: .error).isEmpty)
    }
}

/// Keeps what was logged.
private final class LogSink: Sendable {
    struct Line: Hashable, Sendable {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    private let state = Mutex<[Line]>([])

    var lines: [Line] { self.state.withLock { $0 } }

    func take(_ line: Line) { self.state.withLock { $0.append(line) } }
}

private struct SinkHandler: LogHandler {
    let sink: LogSink
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
        self.sink.take(
            LogSink.Line(level: event.level, message: "\(event.message)", metadata: all.mapValues { "\($0)" })
        )
    }
}
