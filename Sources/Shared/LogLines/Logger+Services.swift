package import Logging

extension Logger {
    /// The logger for a group of services, which at debug would describe every service with all that is in it.
    ///
    /// Such a line is too long to be read, and nobody sees to it that it holds no secret.
    package var ofServices: Logger {
        var logger = self
        logger.logLevel = max(self.logLevel, .info)
        return logger
    }
}
