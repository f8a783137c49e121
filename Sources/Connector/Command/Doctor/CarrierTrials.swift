internal import Uplink

/// What became of a tunnel in each carrier, and what that means for the connector.
struct CarrierTrials: Sendable {
    /// What the token may publish, where the tunnel opened.
    typealias Outcome = Result<[String], DialFailure>

    var wanted: CarrierChoice
    var upgrade: Outcome
    var websocket: Outcome

    var findings: [Finding] {
        [
            self.finding(.upgrade, self.upgrade, isWanted: self.wanted == .upgrade, other: self.websocket),
            self.finding(.websocket, self.websocket, isWanted: self.wanted == .websocket, other: self.upgrade),
            self.tunnel,
        ]
    }

    private func finding(_ check: Check, _ outcome: Outcome, isWanted: Bool, other: Outcome) -> Finding {
        guard case .failure(let failure) = outcome else { return Finding(check, .ok, "passes") }
        if failure.reason == .refused { return Finding(check, .skipped, "passes as far as the token is looked at") }
        let isNeeded = isWanted || (self.wanted == .auto && !Self.isOpen(other))
        let advice =
            switch (Self.isOpen(other), self.wanted) {
            case (true, .auto): "the connector uses the other way by itself; nothing has to be done"
            case (true, _): "--carrier auto takes the way that is open"
            case (false, _): "a proxy on the way has to pass Upgrade and Connection headers: deploy/ has examples"
            }
        return Finding(check, isNeeded ? .failed : .warning, "\(failure)", advice: advice)
    }

    /// The tunnel that the connector itself would have.
    private var tunnel: Finding {
        let outcome =
            switch self.wanted {
            case .upgrade: self.upgrade
            case .websocket: self.websocket
            case .auto: Self.isOpen(self.websocket) && !Self.isOpen(self.upgrade) ? self.websocket : self.upgrade
            }
        switch outcome {
        case .success(let scope):
            let names = scope.joined(separator: ", ")
            return Finding(.tunnel, .ok, "opens; the token may publish \(names.isEmpty ? "nothing" : names)")
        case .failure(let failure):
            return Finding(.tunnel, .failed, "\(failure)", advice: "mend what failed above")
        }
    }

    private static func isOpen(_ outcome: Outcome) -> Bool { (try? outcome.get()) != nil }
}
