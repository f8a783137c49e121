internal import LogLines
internal import Logging
internal import Uplink
internal import Upstream

/// The settings that each stand for themselves, with the values that they have when nothing is said.
///
/// ``Setting/all`` says for each of them under which key it is read, what it may be, and what it does.
struct ConnectorSettings: Sendable {
    /// Whether plain HTTP is allowed to a relay on another machine.
    var insecure = false
    /// Whether a demo model is served in place of a model server.
    var demoModel = false
    /// Of model servers that do not say it themselves.
    var native = NativeUse.auto
    var model: String?
    var carrier = CarrierChoice.auto
    var tunnels = 2
    /// How long running calls may take when the program stops.
    var drain = Duration.seconds(600)
    /// For how long an answer is kept whose tunnel has died; zero keeps none.
    var resumeTime = Duration.seconds(30)
    /// How much of such an answer is kept, in bytes.
    var resumeBuffer = 1 << 20
    /// After how much silence of the relay a tunnel is given up.
    var deadAfter = Duration.seconds(15)
    /// Where the status is written.
    var state: String
    var logLevel = Logger.Level.info
    var logFormat = LineLogHandler.Format.text

    /// Where programs keep what lasts longer than they do is the environment's to say (XDG Base Directory Specification,
    /// `XDG_STATE_HOME`).
    init(environment: [String: String]) {
        let base = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        self.state = (base ?? (environment["HOME"] ?? "/tmp") + "/.local/state") + "/adit-connector"
    }
}
