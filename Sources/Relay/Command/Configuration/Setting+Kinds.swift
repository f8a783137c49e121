internal import ConfigurationText
private import Dialects
private import RemoteImages
internal import Vocabulary

/// The kinds of values that settings have.
extension Setting {
    /// The member of the configuration that a setting sets.
    typealias Member<Value> = any WritableKeyPath<RelayConfiguration, Value> & Sendable

    // MARK: Texts

    /// A path that always has a value.
    static func path(_ key: String, _ member: Member<String>, _ summary: String) -> Setting {
        Setting(key, member, summary, expected: "a path", parse: { $0 }, isFit: { !$0.isEmpty }, show: { $0 })
    }

    /// A path that may be absent.
    static func optionalPath(_ key: String, _ member: Member<String?>, _ summary: String) -> Setting {
        Setting(key, member, summary, expected: "a path", parse: { $0 }, isFit: { $0 != "" }, show: { $0 ?? "" })
    }

    /// An address on the web that may be absent; what it may be depends on others, and is judged with them.
    static func optionalURL(_ key: String, _ member: Member<String?>, _ summary: String) -> Setting {
        Setting(key, member, summary, expected: "a URL such as https://ops.example.com/adit") {
            $0
        } isFit: {
            $0.map { $0.hasPrefix("https://") || $0.hasPrefix("http://") } ?? false
        } show: {
            $0 ?? ""
        }
    }

    /// The beginning of secrets: what a header can carry and a shell leaves alone.
    static func prefix(_ key: String, _ member: Member<String>, _ summary: String) -> Setting {
        let expected = "3 to 24 letters, digits and -, beginning with a letter"
        return Setting(key, member, summary, expected: expected) {
            $0.wholeMatch(of: /[A-Za-z][A-Za-z0-9-]{2,23}/) == nil ? nil : $0
        } show: {
            $0
        }
    }

    // MARK: Addresses, numbers and choices

    static func address(_ key: String, _ member: Member<ListenAddress>, _ summary: String) -> Setting {
        let expected = "a host and a port such as 127.0.0.1:8443 or [::]:443"
        return Setting(key, member, summary, expected: expected, parse: { ListenAddress($0) }, show: { "\($0)" })
    }

    static func optionalAddress(_ key: String, _ member: Member<ListenAddress?>, _ summary: String) -> Setting {
        Setting(key, member, summary, expected: "a host and a port such as 127.0.0.1:8080") {
            ListenAddress($0).map(Optional.some)
        } show: {
            $0.map { "\($0)" } ?? ""
        }
    }

    static func toggle(_ key: String, _ member: Member<Bool>, _ summary: String) -> Setting {
        Setting(key, member, summary, expected: "true or false") {
            switch $0.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        } show: {
            "\($0)"
        }
    }

    static func integer(
        _ key: String,
        _ member: Member<Int>,
        in range: ClosedRange<Int>,
        _ summary: String
    ) -> Setting {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Setting(key, member, summary, expected: expected) {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        } show: {
            "\($0)"
        }
    }

    static func credits(_ key: String, _ member: Member<MicroCredits>, _ summary: String) -> Setting {
        Setting(key, member, summary, expected: "credits such as 5 or 0.25") {
            MicroCredits($0).flatMap { $0 >= .zero ? $0 : nil }
        } show: {
            $0.description
        }
    }

    static func size(
        _ key: String,
        _ member: Member<Int>,
        in range: ClosedRange<Int>,
        _ summary: String
    ) -> Setting {
        let expected = "a size from \(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
        return Setting(key, member, summary, expected: expected) {
            ByteSize.parse($0).flatMap { range.contains($0) ? $0 : nil }
        } show: {
            ByteSize.text($0)
        }
    }

    static func time(
        _ key: String,
        _ member: Member<Duration>,
        in range: ClosedRange<Duration>,
        _ summary: String
    ) -> Setting {
        let expected = "a time from \(TimeSpan.text(range.lowerBound)) to \(TimeSpan.text(range.upperBound))"
        return Setting(key, member, summary, expected: expected) {
            TimeSpan.parse($0).flatMap { range.contains($0) ? $0 : nil }
        } show: {
            TimeSpan.text($0)
        }
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String,
        _ member: Member<Choice>,
        _ summary: String
    ) -> Setting {
        let expected = "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return Setting(key, member, summary, expected: expected, parse: { Choice(rawValue: $0) }, show: { $0.rawValue })
    }

    // MARK: Lists

    /// Web origins, or `*`.
    static func origins(_ key: String, _ member: Member<[String]>, _ summary: String) -> Setting {
        .list(key, member, summary, expected: "a list of origins such as https://app.example.com, or *") {
            $0.allSatisfy(Self.isOrigin)
        }
    }

    /// Names of deployments, and patterns of names.
    static func patterns(_ key: String, _ member: Member<[String]>, _ summary: String) -> Setting {
        .list(key, member, summary, expected: "a list of deployments such as gemma-tunnel or coder-*") {
            $0.allSatisfy { DeploymentPattern($0) != nil }
        }
    }

    /// Hosts and networks, each with a port or without.
    static func exemptions(_ key: String, _ member: Member<[String]>, _ summary: String) -> Setting {
        let expected = "a list of hosts and networks such as images.lan:8080, 10.1.0.0/16 or [fd00::/8]:8080"
        return .list(key, member, summary, expected: expected) { $0.allSatisfy { Exemption($0) != nil } }
    }

    /// Addresses, and ranges of them.
    static func networks(_ key: String, _ member: Member<[String]>, _ summary: String) -> Setting {
        let expected = "a list of addresses and networks such as 192.0.2.7, 10.0.0.0/8 or fd00::/8"
        return .list(key, member, summary, expected: expected) { $0.allSatisfy { NetworkRange($0) != nil } }
    }

    /// Codes of errors, or HTTP statuses, each with the word that is said in its place.
    static func errorCodes(_ key: String, _ member: Member<[String]>, _ summary: String) -> Setting {
        let expected = "a list such as bad_gateway=upstream_error, 400=invalid_request, each code or status once"
        return .list(key, member, summary, expected: expected) {
            (try? ErrorCodes($0))?.codes.isSubset(of: OpenAI.errorCodes) == true
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

    /// One value.
    /// - Parameters:
    ///   - parse: `nil` for what is no such value; the configuration is then left as it is.
    ///   - isFit: whether the value, which stands in the configuration by then, is a possible one.
    private init<Value>(
        _ key: String,
        _ member: Member<Value>,
        _ summary: String,
        expected: String,
        parse: @escaping @Sendable (String) -> Value?,
        isFit: @escaping @Sendable (Value) -> Bool = { _ in true },
        show: @escaping @Sendable (Value) -> String
    ) {
        self.init(
            key: key,
            summary: summary,
            expected: expected,
            isList: false,
            read: { texts, configuration in
                guard texts.count == 1, let value = texts.first.flatMap(parse) else { return false }
                configuration[keyPath: member] = value
                return isFit(value)
            },
            show: { show($0[keyPath: member]) }
        )
    }

    /// Several texts, of which empty ones do not count.
    private static func list(
        _ key: String,
        _ member: Member<[String]>,
        _ summary: String,
        expected: String,
        isFit: @escaping @Sendable ([String]) -> Bool
    ) -> Setting {
        Setting(
            key: key,
            summary: summary,
            expected: expected,
            isList: true,
            read: { texts, configuration in
                let texts = texts.filter { !$0.isEmpty }
                configuration[keyPath: member] = texts
                return isFit(texts)
            },
            show: { $0[keyPath: member].joined(separator: ",") }
        )
    }
}
