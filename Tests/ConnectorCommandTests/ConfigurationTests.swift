import ArgumentParser
import Foundation
import LogLines
import Logging
import Testing
import Upstream
import Vocabulary

@testable import ConnectorCommand
@testable import Uplink

@Suite("Every setting, from every place")
struct SettingTests {
    /// A key, two values of it, and how each is seen in the configuration.
    struct Sample: Sendable, CustomTestStringConvertible {
        var key: String
        var values: [String]
        var seen: [String]
        var impossible: [String]
        var show: @Sendable (ConnectorConfiguration) -> String

        var testDescription: String { self.key }
    }

    private static let samples: [Sample] = [
        Sample(
            key: "relay",
            values: ["https://a.example", "b.example:1"],
            seen: ["https://a.example", "https://b.example:1"],
            impossible: ["http://a.example", "ftp://a", "https://a/b"]
        ) { "\($0.relay)" },
        Sample(
            key: "demo-model",
            values: ["true", "no"],
            seen: ["this process", ""],
            impossible: ["maybe"]
        ) { $0.upstreams.first.map { "\($0.address)" } ?? "" },
        Sample(key: "model", values: ["m", "gemma3:4b"], seen: ["m", "gemma3:4b"], impossible: []) { $0.model ?? "" },
        Sample(
            key: "pin",
            values: [String(repeating: "0a", count: 32), String(repeating: "B1:", count: 31) + "B1"],
            seen: [String(repeating: "0a", count: 32), String(repeating: "b1", count: 32)],
            impossible: ["abc"]
        ) { $0.trust.pin ?? "" },
        Sample(key: "tunnels", values: ["1", "4"], seen: ["1", "4"], impossible: ["0", "5", "two", "1.5"]) {
            "\($0.tunnels)"
        },
        Sample(
            key: "drain",
            values: ["90", "1.5m", "250ms", "24h"],
            seen: ["90.0 seconds", "90.0 seconds", "0.25 seconds", "86400.0 seconds"],
            impossible: ["25h", "soon", "-1", "1e3", "nan"]
        ) { "\($0.drain)" },
        Sample(
            key: "resume-time",
            values: ["0s", "5m"],
            seen: ["0.0 seconds", "300.0 seconds"],
            impossible: ["301s", "24h", "soon"]
        ) { "\($0.resumeTime)" },
        Sample(
            key: "resume-buffer",
            values: ["1 MiB", "64kib", "1000000"],
            seen: ["1048576", "65536", "1000000"],
            impossible: ["63KiB", "65MiB", "lots", "1.5MiB", "-1"]
        ) { "\($0.resumeBuffer)" },
        Sample(
            key: "dead-after",
            values: ["1s", "24 h"],
            seen: ["1.0 seconds", "86400.0 seconds"],
            impossible: ["999ms", "25h", "soon"]
        ) { "\($0.deadAfter)" },
        Sample(key: "carrier", values: ["websocket", "upgrade"], seen: ["websocket", "upgrade"], impossible: ["wire"]) {
            $0.carrier.rawValue
        },
        Sample(key: "native", values: ["off", "force"], seen: ["off", "force"], impossible: ["maybe"]) {
            $0.native.rawValue
        },
        Sample(key: "insecure", values: ["true", "no"], seen: ["true", "false"], impossible: ["maybe"]) {
            "\($0.insecure)"
        },
        Sample(
            key: "state",
            values: ["/a", "b"],
            seen: ["/a", "b"],
            impossible: ["/dev/null", "/dev/null/state", "/dev/null/far/below"]
        ) { $0.state },
        Sample(key: "log-level", values: ["debug", "error"], seen: ["debug", "error"], impossible: ["loud", "DEBUG"]) {
            $0.logLevel.rawValue
        },
        Sample(key: "log-format", values: ["json", "text"], seen: ["json", "text"], impossible: ["xml"]) {
            "\($0.logFormat)"
        },
    ]

    @Test("a file, the environment and a flag each set it", arguments: samples)
    func places(_ sample: Sample) throws {
        for (value, seen) in zip(sample.values, sample.seen) {
            #expect(try self.seen(sample, file: value) == seen)
            #expect(try self.seen(sample, environment: value) == seen)
            #expect(try self.seen(sample, flag: value) == seen)
        }
    }

    @Test("flags win over the environment, which wins over the file", arguments: samples)
    func precedence(_ sample: Sample) throws {
        let (one, other) = (sample.values[0], sample.values[1])
        #expect(try self.seen(sample, file: one, environment: other) == sample.seen[1])
        #expect(try self.seen(sample, environment: one, flag: other) == sample.seen[1])
        #expect(try self.seen(sample, file: other, environment: other, flag: one) == sample.seen[0])
    }

    @Test("impossible values are refused with their place and what was expected", arguments: samples)
    func impossible(_ sample: Sample) throws {
        let setting = try #require(Setting.named(sample.key))
        let (name, flagName) = (try #require(setting.variable), try #require(setting.flag))
        for value in sample.impossible {
            let file = try faults(file: "# a comment\n\(self.base(sample))\(sample.key): \"\(value)\"\n")
            let line = sample.key == "relay" ? 2 : 3
            #expect(file.first?.hasPrefix("c.yaml:\(line):\(sample.key.count + 3): \(sample.key): ") == true, "\(file)")
            let variable = try faults(file: self.base(sample), environment: [name: value])
            #expect(variable.first?.hasPrefix("\(name): \(sample.key): ") == true, "\(variable)")
            guard setting.expected != "true or false" else { continue }
            let flag = try faults(file: self.base(sample), ["--\(flagName)=\(value)"])
            #expect(flag.first?.hasPrefix("--\(flagName): \(sample.key): ") == true, "\(flag)")
            #expect([file, variable, flag].allSatisfy { $0.count == 1 })
        }
    }

    /// What a configuration must have at least.
    private func base(_ sample: Sample) -> String {
        sample.key == "relay" ? "" : "relay: https://relay.example\n"
    }

    private func seen(
        _ sample: Sample,
        file: String? = nil,
        environment: String? = nil,
        flag: String? = nil
    ) throws -> String {
        let setting = try #require(Setting.named(sample.key))
        let (variable, name) = (try #require(setting.variable), try #require(setting.flag))
        var text = self.base(sample)
        if let file { text += "\(sample.key): \(file)\n" }
        let variables = environment.map { [variable: $0] } ?? [:]
        var flags: [String] = []
        if let flag {
            switch (setting.expected, flag) {
            case ("true or false", "true"): flags = ["--\(name)"]
            case ("true or false", _): flags = ["--no-\(name)"]
            default: flags = ["--\(name)", flag]
            }
        }
        return sample.show(try load(file: text, flags, environment: variables).get())
    }

    @Test("every flag is known to the command line, and every key is a setting")
    func flags() throws {
        for setting in Setting.all {
            guard let flag = setting.flag else { continue }
            let isToggle = setting.expected == "true or false"
            let options = try RunOptions.parse(isToggle ? ["--\(flag)"] : ["--\(flag)", "x"])
            #expect(options.given == [setting.key: [isToggle ? "true" : "x"]])
        }
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
    }

    @Test("what a setting shows, it reads again")
    func roundTrip() {
        let standard = ConnectorSettings(environment: ["HOME": "/home/x"])
        for setting in Setting.all {
            guard let text = setting.show(standard), !text.isEmpty, !setting.isList else { continue }
            var settings = standard
            #expect(setting.read(text, &settings), "\(setting.key)")
            #expect("\(settings)" == "\(standard)", "\(setting.key)")
        }
    }

    @Test("what is said when nothing is said")
    func defaults() throws {
        let environment = ["HOME": "/home/x", "ADIT_MODEL": ""]
        let configuration = try load(["--relay", "https://r"], environment: environment).get()
        #expect(configuration.tunnels == 2)
        #expect(configuration.drain == .seconds(600))
        #expect(configuration.upstreams.isEmpty && configuration.choices.isEmpty && configuration.model == nil)
        #expect(configuration.state == "/home/x/.local/state/adit-connector")
        #expect(configuration.logLevel == .info && configuration.logFormat == .text)
        #expect(configuration.proxy == nil && configuration.warnings.isEmpty)
        let other = try load(["--relay", "https://r"], environment: ["HOME": "/h", "XDG_STATE_HOME": "/s"]).get()
        #expect(other.state == "/s/adit-connector")
    }

    @Test("nothing at all is missing two things")
    func nothing() throws {
        let faults = try faults(secret: false)
        #expect(faults.count == 2)
        #expect(faults.first?.hasPrefix("no relay: ") == true && faults.last?.hasPrefix("no tunnel token: ") == true)
    }

    @Test("the proxy is the environment's")
    func proxy() throws {
        let environment = ["HTTPS_PROXY": "http://p:3128", "NO_PROXY": "other.example"]
        #expect(try load(["--relay", "https://r.example"], environment: environment).get().proxy?.port == 3128)
        #expect(try load(["--relay", "https://other.example"], environment: environment).get().proxy == nil)
        #expect(
            try faults(["--relay", "https://r"], environment: ["https_proxy": "socks://p"]).first?.hasPrefix(
                "HTTPS_PROXY: "
            )
                == true
        )
    }

    @Test("variables that nearly are a setting are pointed out, those of others are left alone")
    func variables() throws {
        let flags = ["--relay", "https://r"]
        #expect(
            try faults(flags, environment: ["ADIT_TUNELS": "1"]) == [
                "ADIT_TUNELS: no such setting; did you mean ADIT_TUNNELS?"
            ]
        )
        let foreign = [
            "ADIT_DATA", "ADIT_LISTEN", "ADIT_LISTEN_PLAIN", "ADIT_TLS_CERTIFICATE", "ADIT_TLS_KEY", "ADIT_DEV_TLS",
            "ADIT_THREADS", "ADIT_LIMITS_BODY", "ADIT_TIMEOUTS_IDLE", "ADIT_STREAM_HOLD", "ADIT_CORS_ORIGINS",
            "ADIT_PORT", "ADIT_SERVICE_HOST", "ADIT_PORT_8443_TCP",
        ]
        #expect(try faults(flags, environment: Dictionary(uniqueKeysWithValues: foreign.map { ($0, "x") })) == [])
    }
}

@Suite("Model servers and deployments")
struct UpstreamConfigurationTests {
    @Test("a file names several, with all that they need")
    func several() throws {
        try inTemporaryDirectory { directory in
            let key = try "key-of-one\n".written(to: directory + "/key")
            let yaml = """
                relay: https://r
                upstreams:
                  - http://127.0.0.1:11434
                  - url: https://models.lan/base/v1
                    key-file: \(key)
                    verify: false
                    deployments:
                      one: m1
                      "two": hf.co/org/m2
                  - url: http://127.0.0.1:8000
                    key-variable: KEY
                deployments: {three: m3}
                """
            let configuration = try load(file: yaml, environment: ["KEY": "k"]).get()
            #expect(
                configuration.upstreams.map { "\($0.address)" } == [
                    "http://127.0.0.1:11434", "https://models.lan/base", "http://127.0.0.1:8000",
                ]
            )
            #expect(configuration.upstreams.map { $0.credential == nil } == [true, false, false])
            #expect(configuration.upstreams[1].credential == (try UpstreamCredential("key-of-one")))
            #expect(configuration.upstreams.map(\.verifiesCertificate) == [true, false, true])
            #expect(
                configuration.choices.map { "\($0.name)=\($0.model)@\($0.upstream ?? -1)" } == [
                    "three=m3@-1", "one=m1@1", "two=hf.co/org/m2@1",
                ]
            )
        }
    }

    @Test("one line is enough for one")
    func one() throws {
        let configuration = try load(file: "relay: https://r\nupstreams: http://h:1").get()
        #expect(configuration.upstreams.map { "\($0.address)" } == ["http://h:1"])
    }

    @Test("flags and variables replace the list of the file, and its deployments that name a server")
    func overridden() throws {
        let yaml = """
            relay: https://r
            upstreams: [{url: "http://file:1", deployments: {a: of-file}}]
            deployments: {b: of-file, c: of-file}
            """
        let environment = ["ADIT_UPSTREAM": "http://one:1,http://two:2", "ADIT_DEPLOYMENT": "b=of-variable"]
        let variables = try load(file: yaml, environment: environment).get()
        #expect(variables.upstreams.map { "\($0.address)" } == ["http://one:1", "http://two:2"])
        #expect(variables.choices.map { "\($0.name)=\($0.model)" } == ["b=of-variable", "c=of-file"])
        let flags = ["--upstream", "http://three:3", "--deployment", "b=x=y", "--deployment", "d=z"]
        let both = try load(file: yaml, flags, environment: environment).get()
        #expect(both.upstreams.map { "\($0.address)" } == ["http://three:3"])
        #expect(both.choices.map { "\($0.name)=\($0.model)" } == ["b=x=y", "d=z", "c=of-file"])
        let demo = try load(file: yaml, ["--demo-model"], environment: environment).get()
        #expect(demo.upstreams.map(\.address) == [.demo])
    }

    @Test("the key of the only server")
    func key() throws {
        let flags = ["--relay", "https://r", "--upstream", "http://h"]
        let configuration = try load(flags, environment: ["ADIT_UPSTREAM_KEY": "k"]).get()
        #expect(configuration.upstreams.first?.credential == (try UpstreamCredential("k")))
        #expect(
            try faults(flags + ["--upstream", "http://i"], environment: ["ADIT_UPSTREAM_KEY": "k"]).first?
                .hasPrefix("ADIT_UPSTREAM_KEY: of several model servers") == true
        )
        #expect(try faults(flags + ["--upstream-key-file", "/none"]).first?.hasPrefix("--upstream-key-file: ") == true)
    }

    @Test(
        "what cannot be is refused with its place",
        arguments: [
            ("upstreams: [ftp://h]", "c.yaml:2:13: upstreams.url: «ftp://h» is neither an http:// nor an https:// URL"),
            (
                "upstreams:\n  - key-file: x",
                "c.yaml:3:5: upstreams: expected a URL, or url and key-file, key-variable, ca-file, verify, native, slots, weight"
            ),
            ("upstreams: [{url: [a]}]", "c.yaml:2:19: upstreams.url: expected a URL"),
            (
                "upstreams:\n  - url: http://h\n    keyfile: x",
                "c.yaml:4:5: unknown key upstreams.keyfile; did you mean key-file?"
            ),
            (
                "upstreams:\n  - url: http://h\n    native: maybe",
                "c.yaml:4:13: upstreams.native: expected auto, off or force, not \"maybe\""
            ),
            (
                "upstreams:\n  - url: http://h\n    slots: none",
                "c.yaml:4:12: upstreams.slots: expected a whole number from 1 to 10000, not \"none\""
            ),
            (
                "upstreams:\n  - url: http://h\n    weight: 0",
                "c.yaml:4:13: upstreams.weight: expected a whole number from 1 to 1000, not \"0\""
            ),
            (
                "upstreams:\n  - url: http://h\n    verify: maybe",
                "c.yaml:4:13: upstreams.verify: expected true or false, not \"maybe\""
            ),
            (
                "upstreams:\n  - url: http://h\n    key-variable: NONE",
                "c.yaml:4:19: upstreams.key-variable: the variable NONE is not set"
            ),
            (
                "upstreams:\n  - url: https://h\n    ca-file: /none",
                "c.yaml:4:14: upstreams.ca-file: /none cannot be read or holds no certificate: expected PEM"
            ),
            (
                "upstreams:\n  - url: http://h\n    key-file: a\n    key-variable: B",
                "c.yaml:5:19: upstreams: key-file and key-variable are both given: expected one of them"
            ),
            (
                "deployments: [a]",
                "c.yaml:2:14: deployments: expected names and their models, such as gemma-tunnel: gemma3:4b"
            ),
            ("deployments: {a: }", "c.yaml:2:15: deployments.a: expected a model"),
            (
                "deployments:\n  \"a b\": m",
                "c.yaml:3:3: «a b» is no deployment's name: expected letters, digits and . _ - : / @ +"
            ),
            (
                "upstreams: [{url: \"http://h\", deployments: {a: m}}]\ndeployments: {a: m}",
                "c.yaml:2:45: the deployment a is given twice"
            ),
        ]
    )
    func impossible(_ text: String, _ expected: String) throws {
        #expect(try faults(file: "relay: https://r\n" + text) == [expected])
    }

    @Test("deployments on the command line are pairs")
    func pairs() throws {
        let flags = ["--relay", "https://r", "--deployment"]
        #expect(try faults(flags + ["a"]) == ["--deployment: deployment: expected NAME=MODEL, not \"a\""])
        #expect(try faults(flags + ["a="]) == ["--deployment: the deployment a has no model"])
        #expect(try faults(flags + ["=m"]).count == 1)
    }
}
