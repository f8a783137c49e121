internal import ArgumentParser
private import ConfigurationText
private import Foundation
private import NIOCore
private import NIOPosix
private import Terminal
private import Uplink

/// `adit-connector doctor`: looks for what keeps calls from getting through, step by step, and says what to do about it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at the way to the relay and at the model servers, and say what to do about what is wrong.",
        discussion: """
            Takes the settings of «run», from the same places. Opens connections of its own, publishes nothing, and has each model \
            server generate one token. Ends with status 1 when a check failed.
            """
    )

    @OptionGroup var options: RunOptions

    @Option(help: ArgumentHelp("How long a silent connection is watched; 0 leaves it out.", valueName: "seconds"))
    var idle = 7

    @Flag(help: "Print JSON for programs.")
    var json = false

    func validate() throws {
        guard (0...600).contains(self.idle) else { throw ValidationError("--idle: expected 0 to 600 seconds") }
    }

    func run() async throws {
        let configuration: ConnectorConfiguration
        do {
            let environment = ProcessInfo.processInfo.environment
            configuration = try ConnectorConfiguration.load(options: self.options, environment: environment)
        } catch {
            Output.complain("\(error)")
            throw ExitCode(ConfigurationFaults.exitStatus)
        }
        let diagnosis = try await Self.diagnose(configuration, idle: self.idle)
        if self.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try Output.write(String(decoding: try encoder.encode(diagnosis), as: UTF8.self) + "\n")
        } else {
            try Output.write(diagnosis.text + "\n")
        }
        if !diagnosis.isWell { throw ExitCode(1) }
    }

    static func diagnose(_ configuration: ConnectorConfiguration, idle: Int) async throws -> Diagnosis {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let dialer = try Dialer(
            relay: configuration.relay,
            proxy: configuration.proxy,
            trust: configuration.trust,
            token: configuration.token,
            session: "doctor-" + String(UInt64.random(in: .min ... .max), radix: 16),
            software: Version.software,
            carriers: Carriers(CarrierMemory(configuration.carrier))
        )
        let way = WayExamination(configuration: configuration, dialer: dialer, eventLoop: group.next(), idle: idle)
        let models = ModelExamination(configuration: configuration, eventLoop: group.next())
        var findings = await way.run()
        findings += await models.run()
        try await group.shutdownGracefully()
        return Diagnosis(relay: "\(configuration.relay)", findings: findings)
    }
}
