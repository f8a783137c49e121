/// What the doctor looks at, in its order; the raw values are the names in what it prints.
enum Check: String, Codable, CaseIterable, Sendable {
    // The way to the relay.
    case name
    case connection
    case proxy
    case tls
    case relay
    case token
    case clock
    case streaming
    case idle
    case upgrade
    case websocket
    case tunnel
    // Each model server.
    case modelServer = "model server"
    case host
    case models
    case firstToken = "token of it"

    /// This check and those behind it, of the way or of a model server.
    var onwards: ArraySlice<Check> {
        let way = Self.allCases.prefix { $0 != .modelServer }
        let checks = way.contains(self) ? way : Self.allCases[way.endIndex...]
        return checks.drop { $0 != self }
    }
}
