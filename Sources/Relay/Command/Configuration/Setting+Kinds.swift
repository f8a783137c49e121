internal import ConfigurationText
private import Dialects
internal import RemoteImages
internal import Vocabulary

/// The kinds of values that settings have.
extension Setting {
    /// The member of the configuration that a setting sets.
    typealias Member<Value> = any WritableKeyPath<RelayConfiguration, Value> & Sendable

    // MARK: Texts

    /// A path that always has a value.
    static func path(_ key: String, _ member: Member<String>, _ summary: String) -> Setting {
        Setting(key, member, .path, summary)
    }

    /// A path that may be absent.
    static func optionalPath(_ key: String, _ member: Member<String?>, _ summary: String) -> Setting {
        Setting(key, member, ValueKind<String>.path.optional, summary)
    }

    /// An address on the web that may be absent; what it may be depends on others, and is judged with them.
    static func optionalURL(_ key: String, _ member: Member<String?>, _ summary: String) -> Setting {
        let kind = ValueKind<String>("a URL such as https://ops.example.com/adit") {
            $0.hasPrefix("https://") || $0.hasPrefix("http://") ? $0 : nil
        }
        return Setting(key, member, kind.optional, summary)
    }

    /// The beginning of secrets: what a header can carry and a shell leaves alone.
    static func prefix(_ key: String, _ member: Member<String>, _ summary: String) -> Setting {
        let kind = ValueKind<String>("3 to 24 letters, digits and -, beginning with a letter") {
            $0.wholeMatch(of: /[A-Za-z][A-Za-z0-9-]{2,23}/) == nil ? nil : $0
        }
        return Setting(key, member, kind, summary)
    }

    // MARK: Addresses, numbers and choices

    static func address(_ key: String, _ member: Member<HostAndPort>, _ summary: String) -> Setting {
        let kind = ValueKind("a host and a port such as 127.0.0.1:8443 or [::]:443") { HostAndPort(listen: $0) }
        return Setting(key, member, kind, summary)
    }

    static func optionalAddress(_ key: String, _ member: Member<HostAndPort?>, _ summary: String) -> Setting {
        let kind = ValueKind("a host and a port such as 127.0.0.1:8080") { HostAndPort(listen: $0) }
        return Setting(key, member, kind.optional, summary)
    }

    static func toggle(_ key: String, _ member: Member<Bool>, _ summary: String) -> Setting {
        Setting(key, member, .toggle, summary)
    }

    static func integer(
        _ key: String,
        _ member: Member<Int>,
        in range: ClosedRange<Int>,
        _ summary: String
    ) -> Setting {
        Setting(key, member, .integer(in: range), summary)
    }

    static func credits(_ key: String, _ member: Member<MicroCredits>, _ summary: String) -> Setting {
        let kind = ValueKind("credits such as 5 or 0.25") { MicroCredits($0).flatMap { $0 >= .zero ? $0 : nil } }
        return Setting(key, member, kind, summary)
    }

    static func size(
        _ key: String,
        _ member: Member<Int>,
        in range: ClosedRange<Int>,
        _ summary: String
    ) -> Setting {
        Setting(key, member, .size(in: range), summary)
    }

    static func time(
        _ key: String,
        _ member: Member<Duration>,
        in range: ClosedRange<Duration>,
        _ summary: String
    ) -> Setting {
        Setting(key, member, .time(in: range), summary)
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String,
        _ member: Member<Choice>,
        _ summary: String
    ) -> Setting {
        Setting(key, member, .choice, summary)
    }

    // MARK: Lists

    /// Web origins, or `*`.
    static func origins(_ key: String, _ member: Member<[String]>, _ summary: String) -> Setting {
        let kind = ValueKind("a list of origins such as https://app.example.com, or *") {
            Self.isOrigin($0) ? $0 : nil
        }
        return Setting(key, member, each: kind, summary)
    }

    /// Names of deployments, and patterns of names.
    static func patterns(_ key: String, _ member: Member<[DeploymentPattern]>, _ summary: String) -> Setting {
        let kind = ValueKind("a list of deployments such as gemma-tunnel or coder-*") { DeploymentPattern($0) }
        return Setting(key, member, each: kind, summary)
    }

    /// Hosts and networks, each with a port or without.
    static func exemptions(_ key: String, _ member: Member<[Exemption]>, _ summary: String) -> Setting {
        let expected = "a list of hosts and networks such as images.lan:8080, 10.1.0.0/16 or [fd00::/8]:8080"
        return Setting(key, member, each: ValueKind(expected) { Exemption($0) }, summary)
    }

    /// Addresses, and ranges of them.
    static func networks(_ key: String, _ member: Member<[NetworkRange]>, _ summary: String) -> Setting {
        let expected = "a list of addresses and networks such as 192.0.2.7, 10.0.0.0/8 or fd00::/8"
        return Setting(key, member, each: ValueKind(expected) { NetworkRange($0) }, summary)
    }

    /// Codes of errors, or HTTP statuses, each with the word that is said in its place.
    static func errorCodes(_ key: String, _ member: Member<ErrorCodes>, _ summary: String) -> Setting {
        let expected = "a list such as bad_gateway=upstream_error, 400=invalid_request, each code or status once"
        return Setting(key, member, summary, expected: expected) { texts in
            (try? ErrorCodes(texts)).flatMap { $0.codes.isSubset(of: OpenAI.errorCodes) ? $0 : nil }
        } show: {
            $0.entries
        }
    }

    /// Whether the text is `*`, or a scheme and a host without a path, as browsers send it (RFC 6454 §6.2).
    private static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, let scheme = parts.first, scheme.hasSuffix(":") else { return false }
        return scheme.count > 1 && !parts[2].isEmpty && !text.contains { $0.isWhitespace || $0 == "*" }
    }

    // MARK: What they have in common

    /// One value; what is no such value leaves the configuration as it is.
    private init<Value>(_ key: String, _ member: Member<Value>, _ kind: ValueKind<Value>, _ summary: String) {
        self.init(
            key: key,
            summary: summary,
            expected: kind.expected,
            isList: false,
            read: { texts, configuration in
                guard texts.count == 1, let value = texts.first.flatMap(kind.parse) else { return false }
                configuration[keyPath: member] = value
                return true
            },
            show: { kind.show($0[keyPath: member]) }
        )
    }

    /// Several values: all that are given, or none.
    private init<Element>(
        _ key: String,
        _ member: Member<[Element]>,
        each kind: ValueKind<Element>,
        _ summary: String
    ) {
        self.init(key, member, summary, expected: kind.expected) { texts in
            let values = texts.compactMap(kind.parse)
            return values.count == texts.count ? values : nil
        } show: {
            $0.map(kind.show)
        }
    }

    /// What is made of several texts together, of which empty ones do not count.
    private init<Value>(
        _ key: String,
        _ member: Member<Value>,
        _ summary: String,
        expected: String,
        parse: @escaping @Sendable ([String]) -> Value?,
        show: @escaping @Sendable (Value) -> [String]
    ) {
        self.init(
            key: key,
            summary: summary,
            expected: expected,
            isList: true,
            read: { texts, configuration in
                guard let value = parse(texts.filter { !$0.isEmpty }) else { return false }
                configuration[keyPath: member] = value
                return true
            },
            show: { show($0[keyPath: member]).joined(separator: ",") }
        )
    }
}
