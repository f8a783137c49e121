package import Glibc
package import Logging

/// Writes one line of standard error for every message: for people, or as JSON for programs.
///
/// A line is written by one system call, so lines of several threads never mix.
package struct LineLogHandler: LogHandler {
    /// The shape of a line.
    package enum Format: String, Sendable, CaseIterable {
        /// `2026-11-21T10:00:00.123Z info  call: status=200 ms=12`
        case text
        /// `{"time":"2026-11-21T10:00:00.123Z","level":"info","message":"call","status":"200"}`
        case json
    }

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let format: Format
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> timespec

    /// - Parameters:
    ///   - write: takes a whole line with its end; standard error when nothing is said.
    ///   - now: the clock, as seconds and nanoseconds since 1970.
    package init(
        format: Format,
        level: Logger.Level,
        write: @escaping @Sendable (String) -> Void = Self.toStandardError,
        now: @escaping @Sendable () -> timespec = Self.systemTime
    ) {
        self.format = format
        self.logLevel = level
        self.write = write
        self.now = now
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = self.metadata
        if let provided = self.metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        let fields = all.map { (key: $0.key, value: "\($0.value)") }.sorted { $0.key < $1.key }
        let time = Timestamp.text(self.now())
        switch self.format {
        case .text:
            var line = "\(time) \(event.level.rawValue.padded(to: 8)) \(event.message)"
            if !fields.isEmpty { line += ":" }
            for field in fields { line += " \(field.key)=\(field.value.quotedIfNeeded)" }
            self.write(line.onOneLine + "\n")
        case .json:
            var line =
                "{\"time\":\"\(time)\",\"level\":\"\(event.level.rawValue)\",\"message\":\("\(event.message)".asJSON)"
            for field in fields { line += ",\(field.key.asJSON):\(field.value.asJSON)" }
            self.write(line + "}\n")
        }
    }

    /// Writes to standard error, in one call as long as the system takes the line whole.
    package static let toStandardError: @Sendable (String) -> Void = { line in
        var line = line
        line.withUTF8 { bytes in _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }

    /// The system's clock.
    package static let systemTime: @Sendable () -> timespec = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - self.count))
    }

    /// Nothing that a message or a value says can begin a line of its own.
    fileprivate var onOneLine: String {
        self.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
            ? self.unicodeScalars.reduce(into: "") { text, scalar in
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    text += "\\u{\(String(scalar.value, radix: 16))}"
                } else {
                    text.unicodeScalars.append(scalar)
                }
            } : self
    }

    fileprivate var quotedIfNeeded: String {
        self.isEmpty || self.contains { $0 == " " || $0 == "\"" || $0 == "=" } ? self.asJSON : self
    }

    /// The text as a JSON string (RFC 8259 §7).
    fileprivate var asJSON: String {
        var json = "\""
        for scalar in self.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "\n": json += "\\n"
            case "\t": json += "\\t"
            case "\r": json += "\\r"
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    json.unicodeScalars.append(scalar)
                }
            }
        }
        return json + "\""
    }
}
