internal import ArgumentParser
import ConfigurationText
private import Foundation
private import Terminal

/// `adit-connector run`: keeps the tunnels open until it is told to stop.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Connect the model on this machine to a relay.",
        discussion: """
            Settings come from a file (--config), from ADIT_… in the environment and from these flags, each overriding the \
            one before. HTTPS_PROXY is honoured. SIGTERM stops in order: running calls end first. A second signal stops at once. \
            SIGHUP reads the settings anew, and opens the new tunnels before the old ones end.
            """
    )

    @OptionGroup var options: RunOptions

    @Flag(help: "Say whether the configuration is valid, and end.")
    var check = false

    func run() async throws {
        do {
            let environment = ProcessInfo.processInfo.environment
            if self.check {
                try Output.write(
                    try ConnectorConfiguration.check(options: self.options, environment: environment) + "\n"
                )
                return
            }
            let configuration = try ConnectorConfiguration.load(options: self.options, environment: environment)
            let options = self.options
            try await ConnectorProgram(configuration) {
                try ConnectorConfiguration.load(options: options, environment: environment)
            }.run()
        } catch let complaint as Complaint {
            throw complaint
        } catch let faults as ConfigurationFaults {
            Output.complain("\(faults)")
            throw ExitCode(ConfigurationFaults.exitStatus)
        } catch {
            throw Complaint("adit-connector: \(error)")
        }
    }
}
