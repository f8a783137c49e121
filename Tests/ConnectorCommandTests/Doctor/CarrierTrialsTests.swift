import Testing
import Uplink

@testable import ConnectorCommand

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

    /// The carrier did its part.
    @Test func aTokenThatIsRefused() {
        var refusal = DialFailure.unexpected(Closed(carrier: .upgrade))
        refusal.reason = .refused
        let findings = CarrierTrials(wanted: .auto, upgrade: .failure(refusal), websocket: .failure(refusal)).findings
        #expect(findings.map(\.verdict) == [.skipped, .skipped, .failed])
        #expect(findings[0].found == "passes as far as the token is looked at" && findings[0].advice == nil)
    }
}
