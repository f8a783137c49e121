internal import ArgumentParser
import ConfigurationText
private import Foundation
private import NIOPosix
private import Terminal

/// `adit-relay serve`: runs the relay until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the relay.",
        discussion: """
            Settings come from a file (--config), from ADIT_… in the environment and from these flags, each \
            overriding the one before. SIGTERM stops in order: running calls end first. A second signal stops at once. \
            With --take-over it takes the place of the relay that runs on the same data, without a call failing.
            """
    )

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        do {
            if self.options.check {
                try Output.write(try RelayConfiguration.check(options: self.options, environment: environment) + "\n")
                return
            }
            let configuration = try RelayConfiguration.load(options: self.options, environment: environment)
            try await Relay(configuration, takesOver: self.options.takeOver).run()
        } catch let faults as ConfigurationFaults {
            Output.complain("\(faults)")
            throw ExitCode(ConfigurationFaults.exitStatus)
        } catch {
            throw Complaint("adit-relay: \(error)")
        }
    }
}
