package import Gateway
package import Logging
import NIOCore
package import Vocabulary

/// One line for every call that ended: who, what, how long, how much; never what was said. Of who shows no key that is known
/// it stands at debug level only: strangers shall not fill the log.
package struct AccessLog: CallObserver {
    private let logger: Logger

    package init(logger: Logger) {
        self.logger = logger
    }

    package func callResumed() {}
    package func callLost() {}
    package func callWaits(_ deployment: DeploymentName, for reason: WaitReason) {}
    package func callWaited(_ wait: CallWait) {}

    package func callEnded(_ record: CallRecord) {
        let level = record.key == nil ? Logger.Level.debug : .info
        guard self.logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "call": "\(record.id)",
            "endpoint": "\(record.endpoint)",
            "status": "\(record.status)",
            "outcome": "\(record.outcome.label)",
            "stream": "\(record.isStreamed)",
            "ms": "\(record.duration.nanoseconds / 1_000_000)",
        ]
        if let deployment = record.deployment { metadata["deployment"] = "\(deployment)" }
        if let key = record.key { metadata["key"] = "\(key)" }
        if let first = record.timeToFirstByte { metadata["first_byte_ms"] = "\(first.nanoseconds / 1_000_000)" }
        if let usage = record.usage {
            metadata["input_tokens"] = "\(usage.input)"
            metadata["output_tokens"] = "\(usage.output)"
        }
        self.logger.log(level: level, "call", metadata: metadata)
    }
}
