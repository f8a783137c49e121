internal import LogLines
internal import Logging

extension Logger {
    /// The relay's logger, as configured.
    static func relay(_ configuration: RelayConfiguration.Log) -> Logger {
        let level = Logger.Level(rawValue: configuration.level.rawValue) ?? .info
        let format: LineLogHandler.Format = configuration.format == .json ? .json : .text
        return Logger(label: "adit.relay") { _ in LineLogHandler(format: format, level: level) }
    }
}
