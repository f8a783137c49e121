private import Dialects
private import RemoteImages
internal import Vocabulary

/// The kinds of values that settings have.
extension Setting {
    /// The member of the configuration that a setting sets.
    typealias Member<Value> = any WritableKeyPath<RelayConfiguration, Value> & Sendable

    private init(
        _ key: String,
        _ summary: String,
        expected: String,
        read: @escaping @Sendable (String, inout RelayConfiguration) -> Bool,
        show: @escaping @Sendable (RelayConfiguration) -> String
    ) {
        self.init(
            key: key,
            summary: summary,
            expected: expected,
            isList: false,
            read: { texts, configuration in
                guard let text = texts.first, texts.count == 1 else { return false }
                return read(text, &configuration)
            },
            show: show
        )
    }

    /// A path that always has a value.
    static func path(
        _ key: String,
        _ member: Member<String>,
        _ summary: String
    ) -> Setting {
        Setting(key, summary, expected: "a path") { text, configuration in
            configuration[keyPath: member] = text
            return !text.isEmpty
        } show: { configuration in
            configuration[keyPath: member]
        }
    }

    /// A path that may be absent.
    static func optionalPath(
        _ key: String,
        _ member: Member<String?>,
        _ summary: String
    ) -> Setting {
        Setting(key, summary, expected: "a path") { text, configuration in
            configuration[keyPath: member] = text
            return !text.isEmpty
        } show: { configuration in
            configuration[keyPath: member] ?? ""
        }
    }

    /// An address on the web that may be absent; what it may be depends on others, and is judged with them.
    static func optionalURL(
        _ key: String,
        _ member: Member<String?>,
        _ summary: String
    ) -> Setting {
        Setting(key, summary, expected: "a URL such as https://ops.example.com/adit") { text, configuration in
            configuration[keyPath: member] = text
            return text.hasPrefix("https://") || text.hasPrefix("http://")
        } show: { configuration in
            configuration[keyPath: member] ?? ""
        }
    }

    /// The beginning of secrets: what a header can carry and a shell leaves alone.
    static func prefix(
        _ key: String,
        _ member: Member<String>,
        _ summary: String
    ) -> Setting {
        let expected = "3 to 24 letters, digits and -, beginning with a letter"
        return Setting(key, summary, expected: expected) { text, configuration in
            let isFit = text.wholeMatch(of: /[A-Za-z][A-Za-z0-9-]{2,23}/) != nil
            if isFit { configuration[keyPath: member] = text }
            return isFit
        } show: { configuration in
            configuration[keyPath: member]
        }
    }

    static func address(
        _ key: String,
        _ member: Member<ListenAddress>,
        _ summary: String
    ) -> Setting {
        let expected = "a host and a port such as 127.0.0.1:8443 or [::]:443"
        return Setting(key, summary, expected: expected) { text, configuration in
            guard let address = ListenAddress(text) else { return false }
            configuration[keyPath: member] = address
            return true
        } show: { configuration in
            "\(configuration[keyPath: member])"
        }
    }

    static func optionalAddress(
        _ key: String,
        _ member: Member<ListenAddress?>,
        _ summary: String
    ) -> Setting {
        let expected = "a host and a port such as 127.0.0.1:8080"
        return Setting(key, summary, expected: expected) { text, configuration in
            guard let address = ListenAddress(text) else { return false }
            configuration[keyPath: member] = address
            return true
        } show: { configuration in
            configuration[keyPath: member].map { "\($0)" } ?? ""
        }
    }

    static func toggle(
        _ key: String,
        _ member: Member<Bool>,
        _ summary: String
    ) -> Setting {
        Setting(key, summary, expected: "true or false") { text, configuration in
            switch text.lowercased() {
            case "true", "yes", "on", "1": configuration[keyPath: member] = true
            case "false", "no", "off", "0": configuration[keyPath: member] = false
            default: return false
            }
            return true
        } show: { configuration in
            "\(configuration[keyPath: member])"
        }
    }

    static func integer(
        _ key: String,
        _ member: Member<Int>,
        in range: ClosedRange<Int>,
        _ summary: String
    ) -> Setting {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return Setting(key, summary, expected: expected) { text, configuration in
            guard let number = Int(text), range.contains(number) else { return false }
            configuration[keyPath: member] = number
            return true
        } show: { configuration in
            "\(configuration[keyPath: member])"
        }
    }

    static func credits(
        _ key: String,
        _ member: Member<MicroCredits>,
        _ summary: String
    ) -> Setting {
        Setting(key, summary, expected: "credits such as 5 or 0.25") { text, configuration in
            guard let amount = MicroCredits(text), amount >= .zero else { return false }
            configuration[keyPath: member] = amount
            return true
        } show: { configuration in
            configuration[keyPath: member].description
        }
    }

    static func size(
        _ key: String,
        _ member: Member<Int>,
        in range: ClosedRange<Int>,
        _ summary: String
    ) -> Setting {
        let expected = "a size from \(ByteSize.text(range.lowerBound)) to \(ByteSize.text(range.upperBound))"
        return Setting(key, summary, expected: expected) { text, configuration in
            guard let size = ByteSize.parse(text), range.contains(size) else { return false }
            configuration[keyPath: member] = size
            return true
        } show: { configuration in
            ByteSize.text(configuration[keyPath: member])
        }
    }

    static func time(
        _ key: String,
        _ member: Member<Duration>,
        in range: ClosedRange<Duration>,
        _ summary: String
    ) -> Setting {
        let expected = "a time from \(TimeSpan.text(range.lowerBound)) to \(TimeSpan.text(range.upperBound))"
        return Setting(key, summary, expected: expected) { text, configuration in
            guard let span = TimeSpan.parse(text), range.contains(span) else { return false }
            configuration[keyPath: member] = span
            return true
        } show: { configuration in
            TimeSpan.text(configuration[keyPath: member])
        }
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String,
        _ member: Member<Choice>,
        _ summary: String
    ) -> Setting {
        let expected = "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return Setting(key, summary, expected: expected) { text, configuration in
            guard let choice = Choice(rawValue: text) else { return false }
            configuration[keyPath: member] = choice
            return true
        } show: { configuration in
            configuration[keyPath: member].rawValue
        }
    }

    /// Web origins, or `*`.
    static func origins(
        _ key: String,
        _ member: Member<[String]>,
        _ summary: String
    ) -> Setting {
        Setting(
            key: key,
            summary: summary,
            expected: "a list of origins such as https://app.example.com, or *",
            isList: true,
            read: { texts, configuration in
                let origins = texts.filter { !$0.isEmpty }
                configuration[keyPath: member] = origins
                return origins.allSatisfy(Self.isOrigin)
            },
            show: { configuration in configuration[keyPath: member].joined(separator: ",") }
        )
    }

    /// Names of deployments, and patterns of names.
    static func patterns(
        _ key: String,
        _ member: Member<[String]>,
        _ summary: String
    ) -> Setting {
        Setting(
            key: key,
            summary: summary,
            expected: "a list of deployments such as gemma-tunnel or coder-*",
            isList: true,
            read: { texts, configuration in
                let texts = texts.filter { !$0.isEmpty }
                configuration[keyPath: member] = texts
                return texts.allSatisfy { DeploymentPattern($0) != nil }
            },
            show: { configuration in configuration[keyPath: member].joined(separator: ",") }
        )
    }

    /// Hosts and networks, each with a port or without.
    static func exemptions(
        _ key: String,
        _ member: Member<[String]>,
        _ summary: String
    ) -> Setting {
        Setting(
            key: key,
            summary: summary,
            expected: "a list of hosts and networks such as images.lan:8080, 10.1.0.0/16 or [fd00::/8]:8080",
            isList: true,
            read: { texts, configuration in
                let texts = texts.filter { !$0.isEmpty }
                configuration[keyPath: member] = texts
                return texts.allSatisfy { Exemption($0) != nil }
            },
            show: { configuration in configuration[keyPath: member].joined(separator: ",") }
        )
    }

    /// Addresses, and ranges of them.
    static func networks(
        _ key: String,
        _ member: Member<[String]>,
        _ summary: String
    ) -> Setting {
        Setting(
            key: key,
            summary: summary,
            expected: "a list of addresses and networks such as 192.0.2.7, 10.0.0.0/8 or fd00::/8",
            isList: true,
            read: { texts, configuration in
                let texts = texts.filter { !$0.isEmpty }
                configuration[keyPath: member] = texts
                return texts.allSatisfy { NetworkRange($0) != nil }
            },
            show: { configuration in configuration[keyPath: member].joined(separator: ",") }
        )
    }

    /// Codes of errors, or HTTP statuses, each with the word that is said in its place.
    static func errorCodes(
        _ key: String,
        _ member: Member<[String]>,
        _ summary: String
    ) -> Setting {
        Setting(
            key: key,
            summary: summary,
            expected: "a list such as bad_gateway=upstream_error, 400=invalid_request, each code or status once",
            isList: true,
            read: { texts, configuration in
                let texts = texts.filter { !$0.isEmpty }
                configuration[keyPath: member] = texts
                return (try? ErrorCodes(texts))?.codes.isSubset(of: OpenAI.errorCodes) == true
            },
            show: { configuration in configuration[keyPath: member].joined(separator: ",") }
        )
    }

    /// Whether the text is `*`, or a scheme and a host without a path, as browsers send it (RFC 6454 §6.2).
    private static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, let scheme = parts.first, scheme.hasSuffix(":") else { return false }
        return scheme.count > 1 && !parts[2].isEmpty && !text.contains { $0.isWhitespace || $0 == "*" }
    }
}
