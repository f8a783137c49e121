import ArgumentParser
import Testing

@testable import ConnectorCommand

/// What `adit-connector doctor` takes of the flags of `run`.
struct DoctorCommandTests {
    @Test func itTakesTheSettings() throws {
        let doctor = try DoctorCommand.parse(["--relay", "https://relay.test", "--idle", "3"])
        #expect(doctor.options.given == ["relay": ["https://relay.test"]] && doctor.idle == 3)
    }

    /// Whoever asks for a check only is not to have tunnels opened and tokens made.
    @Test func itDoesNotTakeACheckOfTheConfiguration() throws {
        #expect(throws: (any Error).self) { try DoctorCommand.parse(["--check"]) }
        #expect(try RunCommand.parse(["--check"]).check)
    }
}
