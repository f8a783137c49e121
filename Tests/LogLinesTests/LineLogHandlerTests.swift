import Glibc
import LogLines
import Logging
import Synchronization
import Testing

@Suite("Log lines")
struct LineLogHandlerTests {
    /// Keeps what was written.
    private final class Lines: Sendable {
        let text = Mutex("")
    }

    private func written(_ format: LineLogHandler.Format, _ log: (inout Logger) -> Void) -> String {
        let lines = Lines()
        var logger = Logger(label: "test") { _ in
            LineLogHandler(
                format: format,
                level: .info,
                write: { line in lines.text.withLock { $0 += line } },
                now: { timespec(tv_sec: 1_790_000_000, tv_nsec: 7_000_000) }
            )
        }
        log(&logger)
        return lines.text.withLock { $0 }
    }

    @Test("a line for people")
    func text() {
        let line = self.written(.text) { logger in
            logger[metadataKey: "b"] = "two words"
            logger.info("call", metadata: ["a": "1"])
            logger.debug("not shown")
        }
        #expect(line == "2026-09-21T14:13:20.007Z info     call: a=1 b=\"two words\"\n")
    }

    @Test("a line for programs")
    func json() {
        let line = self.written(.json) { logger in logger.warning("say \"hi\"", metadata: ["x": "a\u{1}\nb"]) }
        #expect(
            line == #"{"time":"2026-09-21T14:13:20.007Z","level":"warning","message":"say \"hi\"","x":"a\u0001\nb"}"#
                + "\n"
        )
    }

    @Test("nothing in a message begins a line of its own")
    func oneLine() {
        let line = self.written(.text) { logger in logger.info("first\nsecond", metadata: ["k": "a\r\nb"]) }
        #expect(line.filter { $0 == "\n" }.count == 1)
        #expect(!line.contains("\r"))
    }

    @Test("a group of services says nothing below info", arguments: Logger.Level.allCases)
    func services(_ level: Logger.Level) {
        var logger = Logger(label: "test") { _ in LineLogHandler(format: .text, level: .info) }
        logger.logLevel = level
        #expect(logger.ofServices.logLevel == max(level, .info))
        #expect(logger.logLevel == level)
    }
}
