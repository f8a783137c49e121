private import FoundationEssentials
import Testing

@testable import Administration
@testable import RelayCommand

@Suite("What people read")
struct WordingTests {
    @Test("a table aligns words left and numbers right, and ends no line in spaces")
    func table() {
        var table = TextTable([.text("NAME"), .number("CALLS"), .text("NOTE")])
        table.add(["a", "12", "x"])
        table.add(["longer", "3"])
        #expect(
            table.lines() == [
                "NAME    CALLS  NOTE",
                "a          12  x",
                "longer      3  -",
            ]
        )
    }

    @Test("a table that is too wide is cut in its widest column", arguments: [20, 40, 100])
    func narrow(_ width: Int) {
        var table = TextTable([.text("A"), .text("B"), .number("C")])
        table.add(["short", String(repeating: "wide ", count: 30), "1"])
        let lines = table.lines(width: width)
        #expect(lines.allSatisfy { $0.count == width })
        #expect(lines.last?.hasPrefix("short  wide") == true)
        #expect(lines.last?.contains("…") == true)
    }

    @Test("what must be whole is never cut")
    func whole() {
        var table = TextTable([.whole("ID"), .text("A")])
        table.add(["key_0123456789abcdef", "words words words"])
        #expect(table.lines(width: 30).last == "key_0123456789abcdef  words w…")
        #expect(table.lines(width: 5).last == "key_0123456789abcdef  wor…")
    }

    @Test("what a terminal would obey is not printed")
    func printable() {
        var table = TextTable([.text("A")])
        table.add(["red \u{1B}[31m\r\n\u{202E}ü 😀"])
        #expect(table.lines().last == "red ?[31m???ü 😀")
        #expect(Wording.facts([("a", "b\u{7}")]) == ["a  b?"])
    }

    @Test("one decimal", arguments: [(0, "0.0"), (0.04, "0.0"), (1.26, "1.3"), (20, "20.0")])
    func oneDecimal(_ number: Double, _ text: String) {
        #expect(Wording.oneDecimal(number) == text)
    }

    @Test(
        "ends of keys",
        arguments: [
            ("12h", 43_200.0), ("30d", 2_592_000), ("4w", 2_419_200), ("1970-02-01", 2_678_400),
            ("1970-01-01T01:00:00Z", 3600), ("1970-01-01T02:00:00+01:00", 3600),
        ]
    )
    func expiry(_ text: String, _ seconds: Double) {
        #expect(Expiry.parse(text, now: Date(timeIntervalSince1970: 0)) == Date(timeIntervalSince1970: seconds))
    }

    @Test(
        "what is no end of a key",
        arguments: ["", "d", "0d", "-1d", "1.5h", "30", "30m", "tomorrow", "2026-13-01", "100001w"]
    )
    func noExpiry(_ text: String) {
        #expect(Expiry.parse(text, now: Date(timeIntervalSince1970: 0)) == nil)
    }

    @Test("the status, whole")
    func status() {
        let report = StatusReport(
            relay: .init(
                id: "r1",
                version: "0.1.0",
                startedAt: Date(timeIntervalSince1970: 1_800_000_000),
                uptime: 11_520,
                listen: "https://127.0.0.1:8443"
            ),
            openCalls: 1,
            deployments: [
                .init(name: "gemma", enabled: true, online: true, connectors: 1, callsInFlight: 1, model: "gemma3:4b"),
                .init(name: "off", enabled: false, online: false, reason: "disabled by the administrator"),
                .init(name: "away", enabled: true, online: false, reason: "no connector for it is online"),
            ],
            tunnels: [
                .init(
                    session: "0123456789abcdef",
                    generation: 2,
                    remoteAddress: "192.0.2.1:5000",
                    connectorVersion: "adit/0.1.0",
                    since: Date(timeIntervalSince1970: 1_800_000_000),
                    deployments: ["gemma"],
                    openCalls: 1,
                    draining: true,
                    roundTripMs: 12.34,
                    bytesIn: 2048,
                    bytesOut: 5
                )
            ]
        )
        #expect(
            report.lines == [
                "relay r1, version 0.1.0, up 3 h 12 min, listening on https://127.0.0.1:8443, 1 open call",
                "",
                "DEPLOYMENT  STATE                                   MODEL      CONNECTORS  CALLS",
                "gemma       online                                  gemma3:4b           1      1",
                "off         disabled                                -                   0      0",
                "away        offline: no connector for it is online  -                   0      0",
                "",
                "TUNNEL      FROM            CONNECTOR   UP          CALLS  RTT ms  DEPLOYMENTS",
                "01234567/2  192.0.2.1:5000  adit/0.1.0  3 h 12 min      1    12.3  draining gemma",
            ]
        )
    }
}
