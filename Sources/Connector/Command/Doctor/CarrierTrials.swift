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
        if failure.isTheRelaysRefusal { return Finding(check, .skipped, "passes as far as the relay's answer") }
        let isNeeded = isWanted || (self.wanted == .auto && !Self.reachesTheRelay(other))
        let advice =
            switch (Self.reachesTheRelay(other), self.wanted) {
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
            case .auto:
                Self.reachesTheRelay(self.websocket) && !Self.reachesTheRelay(self.upgrade)
                    ? self.websocket : self.upgrade
            }
        switch outcome {
        case .success(let scope):
            let names = scope.joined(separator: ", ")
            return Finding(.tunnel, .ok, "opens; the token may publish \(names.isEmpty ? "nothing" : names)")
        case .failure(let failure):
            return Finding(.tunnel, .failed, "\(failure)", advice: Self.advice(failure))
        }
    }

    private static func advice(_ failure: DialFailure) -> String {
        guard failure.isTheRelaysRefusal else { return "mend what failed above" }
        return failure.reason == .refused
            ? "give the connector a token that the relay accepts"
            : "the relay itself says so: try again later, or ask whoever hosts it"
    }

    /// Whether a carrier goes through, whatever the relay says at its end.
    private static func reachesTheRelay(_ outcome: Outcome) -> Bool {
        switch outcome {
        case .success: true
        case .failure(let failure): failure.isTheRelaysRefusal
        }
    }
}
