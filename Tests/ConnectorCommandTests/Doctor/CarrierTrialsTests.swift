import NIOCore
import NIOHTTP1
import Testing

@testable import ConnectorCommand
@testable import Uplink

/// What it means for the connector that one carrier goes through, or none.
struct CarrierTrialsTests {
    private static func outcome(_ carrier: Carrier, isOpen: Bool) -> CarrierTrials.Outcome {
        isOpen ? .success(["a", "b"]) : .failure(.unexpected(Closed(carrier: carrier)))
    }

    private struct Closed: Error, CustomStringConvertible {
        var carrier: Carrier
        var description: String { "no \(self.carrier)" }
    }

    @Test(arguments: [
        (CarrierChoice.auto, true, true, [Finding.Verdict.ok, .ok, .ok]), (.auto, false, true, [.warning, .ok, .ok]),
        (.auto, true, false, [.ok, .warning, .ok]), (.auto, false, false, [.failed, .failed, .failed]),
        (.upgrade, true, true, [.ok, .ok, .ok]), (.upgrade, false, true, [.failed, .ok, .failed]),
        (.upgrade, true, false, [.ok, .warning, .ok]), (.upgrade, false, false, [.failed, .warning, .failed]),
        (.websocket, true, true, [.ok, .ok, .ok]), (.websocket, false, true, [.warning, .ok, .ok]),
        (.websocket, true, false, [.ok, .failed, .failed]), (.websocket, false, false, [.warning, .failed, .failed]),
    ])
    func verdicts(wanted: CarrierChoice, upgrade: Bool, websocket: Bool, expected: [Finding.Verdict]) {
        let findings = CarrierTrials(
            wanted: wanted,
            upgrade: Self.outcome(.upgrade, isOpen: upgrade),
            websocket: Self.outcome(.websocket, isOpen: websocket)
        ).findings
        #expect(findings.map(\.check) == [.upgrade, .websocket, .tunnel])
        #expect(findings.map(\.verdict) == expected)
        // Each tells its own cause, and the tunnel that of a carrier that is wanted.
        if !upgrade { #expect(findings[0].found == "no upgrade") }
        if !websocket { #expect(findings[1].found == "no websocket") }
        let isOpen = expected[2] == .ok
        let cause = wanted == .websocket ? "no websocket" : "no upgrade"
        #expect(findings[2].found == (isOpen ? "opens; the token may publish a, b" : cause))
    }

    @Test(arguments: [
        (CarrierChoice.auto, true, "the connector uses the other way by itself; nothing has to be done"),
        (.upgrade, true, "--carrier auto takes the way that is open"),
        (.auto, false, "a proxy on the way has to pass Upgrade and Connection headers: deploy/ has examples"),
        (.upgrade, false, "a proxy on the way has to pass Upgrade and Connection headers: deploy/ has examples"),
    ])
    func whatToDoAboutTheUpgrade(wanted: CarrierChoice, otherIsOpen: Bool, advice: String) {
        let trials = CarrierTrials(
            wanted: wanted,
            upgrade: Self.outcome(.upgrade, isOpen: false),
            websocket: Self.outcome(.websocket, isOpen: otherIsOpen)
        )
        #expect(trials.findings[0].advice == advice)
    }

    /// What an upgrade was answered with in place of a tunnel: by the relay where there is a reason, else by something on the way.
    private static func refusal(_ status: Int, _ reason: String? = nil) throws -> CarrierTrials.Outcome {
        let body = reason.map { #"{"error":{"message":"\#($0)"}}"# } ?? "<html>blocked</html>"
        var answer = HTTPAnswer(status: status, body: ByteBuffer(string: body))
        if reason != nil { answer.headers = ["request-id": "req_0123456789abcdef01234567"] }
        return .failure(.relay(try RelayAddress("https://relay.test"), answered: answer))
    }

    /// The carrier did its part.
    @Test(arguments: [401, 403, 409, 429, 500, 503])
    func theRelayItselfSaysNo(status: Int) throws {
        let refusal = try Self.refusal(status, "why")
        let findings = CarrierTrials(wanted: .auto, upgrade: refusal, websocket: refusal).findings
        #expect(findings.map(\.verdict) == [.skipped, .skipped, .failed])
        #expect(
            findings.dropLast().allSatisfy { $0.found == "passes as far as the relay's answer" && $0.advice == nil }
        )
        #expect(findings[2].found.contains("(HTTP \(status)): why") || [409, 500].contains(status))
        // Nothing above has failed that could be mended.
        #expect(findings[2].advice?.contains("proxy") == false && findings[2].advice?.contains("above") == false)
    }

    /// Something on the way refuses what is no ordinary request.
    @Test func whatIsOnTheWaySaysNo() throws {
        let refusal = try Self.refusal(403)
        let closed = CarrierTrials(wanted: .auto, upgrade: refusal, websocket: refusal).findings
        #expect(closed.map(\.verdict) == [.failed, .failed, .failed])
        #expect(closed[0].advice?.contains("has to pass Upgrade and Connection headers") == true)
        #expect(closed[2].advice == "mend what failed above")
        let open = CarrierTrials(wanted: .auto, upgrade: refusal, websocket: .success(["a"])).findings
        #expect(open.map(\.verdict) == [.warning, .ok, .ok])
        // The token is good: nothing on the way is to be mistaken for what the relay says of it.
        #expect(closed.allSatisfy { !$0.found.contains("token") })
    }

    /// The way that reaches the relay is the connector's, whatever the relay says there.
    @Test func oneWayReachesTheRelay() throws {
        let trials = CarrierTrials(
            wanted: .auto,
            upgrade: try Self.refusal(400),
            websocket: try Self.refusal(503, "The relay is stopping.")
        )
        #expect(trials.findings.map(\.verdict) == [.warning, .skipped, .failed])
        #expect(trials.findings[2].found.contains("The relay is stopping."))
    }

    /// A relay of another release, or something that knows no upgrades, in a relay's words.
    @Test func anotherVersionMayBeTheCarrier() throws {
        let refusal = try Self.refusal(426, "why")
        let findings = CarrierTrials(wanted: .auto, upgrade: refusal, websocket: refusal).findings
        #expect(findings.map(\.verdict) == [.failed, .failed, .failed])
    }
}
