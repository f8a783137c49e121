internal import Administration
internal import ArgumentParser
private import Foundation
private import Terminal

/// `adit-relay usage …`: what was called.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "See what was called, and what it cost.",
        subcommands: [Export.self]
    )
}

extension UsageCommand {
    /// Writes records to standard output as they are read: there may be more than fit in memory.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a record of each call to standard output, the oldest first."
        )

        @OptionGroup var options: AdministrationOptions
        @Flag(help: "Comma-separated values with a heading (RFC 4180).") var csv = false
        @Flag(help: "One JSON object a line.") var jsonl = false
        @Option(help: "From when on: 2026-01-31 or 2026-01-31T12:00:00Z (default: the first).") var from: String?
        @Option(help: "Until before when (default: the last).") var to: String?

        func run() async throws {
            guard self.csv != (self.jsonl || self.options.isJSON) else {
                throw ValidationError("Say one of --csv and --jsonl.")
            }
            let client = AdministrationClient(data: self.options.dataDirectory())
            var query = [(name: "limit", value: "1000")]
            if let from = try Self.time(self.from, "--from") { query.append(("from", from)) }
            if let to = try Self.time(self.to, "--to") { query.append(("to", to)) }
            if self.csv { try Output.write(UsageDocument.columns.map(\.name).joined(separator: ",") + "\r\n") }
            let encoder = AdministrationJSON.encoder()
            var next: String? = AdministrationClient.text(query)
            while let query = next {
                let records: [UsageDocument]
                (records, next) = try await client.page(["usage"], query: query)
                var text = ""
                for record in records {
                    text +=
                        self.csv
                        ? record.csv + "\r\n" : String(decoding: try encoder.encode(record), as: UTF8.self) + "\n"
                }
                try Output.write(text)
            }
        }

        private static func time(_ text: String?, _ option: String) throws -> String? {
            guard let text else { return nil }
            guard let time = Expiry.moment(text) else {
                throw Complaint("\(option) \(text) is no time: expected 2026-01-31 or 2026-01-31T12:00:00Z")
            }
            return time.formatted(.iso8601)
        }
    }
}

extension UsageDocument {
    /// Names and values of what a line of comma-separated values holds, in their order.
    fileprivate static var columns: [(name: String, value: @Sendable (UsageDocument) -> String)] {
        [
            ("time", { $0.at.formatted(.iso8601) }), ("call", \.call), ("key", \.key), ("user", \.user),
            ("deployment", \.deployment), ("endpoint", \.endpoint), ("stream", { "\($0.stream)" }),
            ("status", { "\($0.status)" }), ("error", { $0.error ?? "" }), ("input_tokens", { "\($0.inputTokens)" }),
            ("cached_input_tokens", { "\($0.cachedInputTokens)" }), ("output_tokens", { "\($0.outputTokens)" }),
            ("reasoning_tokens", { "\($0.reasoningTokens)" }), ("estimated", { "\($0.estimated)" }),
            ("price_input", { $0.priceInput.map { "\($0)" } ?? "" }),
            ("price_cached_input", { $0.priceCachedInput.map { "\($0)" } ?? "" }),
            ("price_output", { $0.priceOutput.map { "\($0)" } ?? "" }),
            ("multiplier", { $0.multiplier.map { "\($0)" } ?? "" }),
            ("tier_factor", { $0.tierFactor.map { "\($0)" } ?? "" }), ("cost", \.cost), ("shortfall", \.shortfall),
            ("first_byte_ms", { $0.firstByteMs.map { "\($0)" } ?? "" }), ("duration_ms", { "\($0.durationMs)" }),
            ("connector", { $0.connector ?? "" }), ("address", { $0.address ?? "" }),
        ]
    }

    fileprivate var csv: String {
        Self.columns.map { column in
            let text = column.value(self)
            guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
            return "\"" + text.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",")
    }
}
