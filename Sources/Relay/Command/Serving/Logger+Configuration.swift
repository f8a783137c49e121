internal import LogLines
internal import Logging

extension Logger {
    /// The relay's logger, as configured.
    static func relay(_ configuration: RelayConfiguration.Log) -> Logger {
        Logger(label: "adit.relay") { _ in LineLogHandler(format: configuration.format, level: configuration.level) }
    }
}
