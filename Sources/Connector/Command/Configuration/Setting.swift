internal import ConfigurationText

/// One key of the configuration: how it is named in each place, what it may be, and what it does.
///
/// ``all`` is the only list of them. Reading, refusing, the flags' help and the reference follow it.
struct Setting: Sendable {
    /// The name in a file.
    let key: String
    /// The name in the environment, if it is read there.
    let variable: String?
    /// The name on the command line without its dashes, if it is a flag.
    let flag: String?
    /// Whether it may stand in a file: secrets may not.
    let isInFile: Bool
    /// Whether it is a list: separated by commas in the environment, a flag that may be repeated.
    let isList: Bool
    /// What it may be, for people: `a whole number from 1 to 4`.
    let expected: String
    /// What it does: one sentence.
    let summary: String
    /// Puts the value into the settings; answers whether it is a possible one. What concerns several keys is judged with them.
    let read: @Sendable (_ text: String, _ into: inout ConnectorSettings) -> Bool
    /// The value that is used, as it could be written; `nil` for what is none of the settings.
    let show: @Sendable (ConnectorSettings) -> String?

    /// What stands for itself.
    private init<Value>(
        _ key: String,
        _ member: any WritableKeyPath<ConnectorSettings, Value> & Sendable,
        _ kind: ValueKind<Value>,
        _ summary: String
    ) {
        self.init(key, expected: kind.expected, summary) { text, settings in
            guard let value = kind.parse(text) else { return false }
            settings[keyPath: member] = value
            return true
        } show: {
            kind.show($0[keyPath: member])
        }
    }

    /// What concerns several keys, and is judged with them.
    private init(
        _ key: String,
        called name: String? = nil,
        in places: Places = [.file, .environment, .flag],
        isList: Bool = false,
        expected: String,
        _ summary: String,
        read: @escaping @Sendable (String, inout ConnectorSettings) -> Bool = { _, _ in true },
        show: @escaping @Sendable (ConnectorSettings) -> String? = { _ in nil }
    ) {
        let name = name ?? key
        self.key = key
        self.variable =
            places.contains(.environment)
            ? "ADIT_" + String(name.map { $0 == "-" ? "_" : $0 }).uppercased() : nil
        self.flag = places.contains(.flag) ? name : nil
        self.isInFile = places.contains(.file)
        self.isList = isList
        self.expected = expected
        self.summary = summary
        self.read = read
        self.show = show
    }

    private struct Places: OptionSet {
        var rawValue: Int
        static let file = Self(rawValue: 1)
        static let environment = Self(rawValue: 2)
        static let flag = Self(rawValue: 4)
    }
}

extension Setting {
    /// Every key that there is, in the order of the reference.
    static let all: [Setting] = [
        Setting(
            "relay",
            expected: "a URL such as https://relay.example.com",
            "Where the relay is; plain http:// only on this machine."
        ),
        Setting(
            "token",
            in: [.environment, .flag],
            expected: "a tunnel token (tt-adit-…)",
            "Tunnel token. Every user of this machine can see a program's flags: prefer ADIT_TOKEN or --token-file."
        ),
        Setting("token-file", expected: "a path", "File that holds the tunnel token."),
        Setting(
            "upstreams",
            called: "upstream",
            isList: true,
            expected: "URLs such as http://127.0.0.1:11434",
            "Model server; several may be given.",
            show: { _ in "the usual ports of this machine" }
        ),
        Setting(
            "upstream-key",
            in: [.environment],
            expected: "a model server's API key",
            "The API key of the model server, when there is one server."
        ),
        Setting(
            "upstream-key-file",
            in: [.environment, .flag],
            expected: "a path",
            "File that holds the API key of the model server."
        ),
        Setting(
            "demo-model",
            \.demoModel,
            .toggle,
            "Serve a small demo model in place of a model server."
        ),
        Setting(
            "native",
            \.native,
            .choice,
            "Whether dialects that a model server speaks by itself are passed to it; off translates them all to Chat."
        ),
        Setting(
            "model",
            \.model,
            ValueKind<String>.text("a model's name").optional,
            "Model of the deployments that the token names one by one."
        ),
        Setting(
            "deployments",
            called: "deployment",
            isList: true,
            expected: "NAME=MODEL",
            "A deployment and the model that serves it; several may be given."
        ),
        Setting(
            "ca-file",
            expected: "a path",
            "PEM file with authorities to trust for the relay, beside the system's."
        ),
        Setting(
            "pin",
            expected: "64 hexadecimal digits",
            "SHA-256 of the relay's certificate (DER) or of its public key (SPKI); enough by itself."
        ),
        Setting("client-certificate", expected: "a path", "PEM file with a certificate that the relay is shown."),
        Setting("client-key", expected: "a path", "PEM file with the private key of that certificate."),
        Setting(
            "insecure",
            \.insecure,
            .toggle,
            "Allow plain http:// to a relay on another machine; everybody on the way reads along."
        ),
        Setting(
            "carrier",
            \.carrier,
            .choice,
            "What tunnels travel in: upgraded connections, WebSockets, or whichever goes through."
        ),
        Setting(
            "tunnels",
            \.tunnels,
            .integer(in: 1...4),
            "Tunnels to keep up."
        ),
        Setting(
            "drain",
            \.drain,
            .time(in: .zero...(.seconds(86_400))),
            "How long calls may go on after the connector was asked to stop; a second signal ends them."
        ),
        Setting(
            "resume-time",
            \.resumeTime,
            .time(in: .zero...(.seconds(300))),
            "How long a call whose tunnel has died goes on without one, to go on in the next; 0s ends it at once."
        ),
        Setting(
            "resume-buffer",
            \.resumeBuffer,
            .size(in: 64 << 10...64 << 20),
            "How much of a call's answer is kept meanwhile; then its model server waits."
        ),
        Setting(
            "dead-after",
            \.deadAfter,
            .time(in: .seconds(1)...(.seconds(86_400))),
            "After how much silence of the relay a tunnel is given up; a third of it is waited for before it is asked."
        ),
        Setting(
            "state",
            \.state,
            .path,
            "Directory of the status that «adit-connector status» shows."
        ),
        Setting(
            "log-level",
            \.logLevel,
            .choice,
            "How important a message must be to be logged."
        ),
        Setting(
            "log-format",
            \.logFormat,
            .choice,
            "Lines for people, or one JSON object a line."
        ),
    ]

    static func named(_ key: String) -> Setting? { self.all.first { $0.key == key } }

    /// The setting of a key that this program's own code names.
    static subscript(key: String) -> Setting {
        guard let setting = self.named(key) else { preconditionFailure("there is no setting \(key)") }
        return setting
    }

    /// The value when nothing is said, for people; empty when there is none.
    var standard: String { self.show(ConnectorSettings(environment: ["XDG_STATE_HOME": "$XDG_STATE_HOME"])) ?? "" }

    /// Whether a value of this key must never be shown.
    var isSecret: Bool { self.key == "token" || self.key == "upstream-key" }

    /// Names, default and possible values in one line of the reference.
    var facts: String {
        let standard = self.standard.isEmpty ? "no default" : "default `\(self.standard)`"
        let names = [self.variable.map { "`\($0)`" }, self.flag.map { "`--\($0)`" }].compactMap(\.self)
        return (names + [standard, self.expected]).joined(separator: " · ")
    }
}
