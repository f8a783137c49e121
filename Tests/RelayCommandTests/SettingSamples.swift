import Testing

@testable import RelayCommand

/// Two possible values and some impossible ones for a key, as they are shown again.
struct SettingSample: Sendable, CustomTestStringConvertible {
    let key: String
    let one: String
    let other: String
    let impossible: [String]

    var testDescription: String { self.key }

    static let all: [SettingSample] = [
        .init(key: "data", one: "/var/lib/adit", other: "here", impossible: [""]),
        .init(
            key: "listen",
            one: "0.0.0.0:443",
            other: "[::1]:0",
            impossible: ["8443", "::1:80", "a b:1", ":80", "host:", "h:70000", "h:-1", "[]:1", "[host]:1", "h/x:1"]
        ),
        .init(key: "listen-plain", one: "127.0.0.1:8080", other: "[::1]:0", impossible: ["8443", "host:", "h:70000"]),
        .init(
            key: "trusted-proxies",
            one: "127.0.0.1",
            other: "10.0.0.0/8,fd00::/8",
            impossible: ["proxy.lan", "10.0.0.1/8", "10.0.0.0/33", "127.0.0.1:80"]
        ),
        .init(key: "proxy-protocol.listen", one: "true", other: "false", impossible: ["maybe", "2"]),
        .init(key: "proxy-protocol.listen-plain", one: "true", other: "false", impossible: ["maybe", "2"]),
        .init(key: "tls.certificate", one: "a.pem", other: "b.pem", impossible: [""]),
        .init(key: "tls.key", one: "a.key", other: "b.key", impossible: [""]),
        .init(key: "dev-tls", one: "true", other: "false", impossible: ["maybe", "2"]),
        .init(key: "insecure", one: "true", other: "false", impossible: ["maybe", "2"]),
        .init(key: "threads", one: "4", other: "1", impossible: ["-1", "1025", "two", "1.5"]),
        .init(key: "log.level", one: "debug", other: "error", impossible: ["verbose", "DEBUG"]),
        .init(key: "log.format", one: "json", other: "text", impossible: ["xml"]),
        .init(
            key: "limits.body",
            one: "1MiB",
            other: "1500",
            impossible: ["1023", "2GiB", "lots", "-1", "64MB", "1.5MiB", "99999999999999999999", "9999999999GiB"]
        ),
        .init(key: "limits.header", one: "16KiB", other: "1MiB", impossible: ["2MiB", "0"]),
        .init(key: "limits.bodies", one: "1MiB", other: "4GiB", impossible: ["1023", "some"]),
        .init(key: "limits.connections", one: "1000", other: "7", impossible: ["-1", "many"]),
        .init(key: "limits.connections-per-address", one: "0", other: "7", impossible: ["-1", "many"]),
        .init(key: "limits.connects-per-address", one: "0", other: "7", impossible: ["-1", "many"]),
        .init(key: "timeouts.header", one: "1m", other: "500ms", impossible: ["50ms", "2h"]),
        .init(key: "timeouts.body", one: "1m", other: "500ms", impossible: ["50ms", "2h", "soon", "-1", "1e3", "inf"]),
        .init(key: "timeouts.first-byte", one: "2m", other: "7s", impossible: ["0", "25h"]),
        .init(key: "timeouts.idle", one: "2m", other: "7s", impossible: ["0", "25h"]),
        .init(key: "timeouts.keep-alive", one: "2m", other: "7s", impossible: ["0", "25h"]),
        .init(key: "timeouts.resume", one: "2m", other: "0s", impossible: ["-1", "6m"]),
        .init(key: "timeouts.tunnel", one: "2m", other: "3s", impossible: ["0", "25h"]),
        .init(key: "stream.keepalive", one: "2m", other: "7s", impossible: ["0", "2h"]),
        .init(key: "stream.hold", one: "0s", other: "250ms", impossible: ["11m", "never"]),
        .init(key: "stream.in-progress", one: "2m", other: "7s", impossible: ["0", "2h"]),
        .init(key: "websocket.ping", one: "2m", other: "7s", impossible: ["0", "2h"]),
        .init(key: "websocket.age", one: "2m", other: "7s", impossible: ["0", "25h"]),
        .init(key: "responses.persist", one: "true", other: "false", impossible: ["maybe", "2"]),
        .init(key: "responses.keep", one: "2m", other: "7s", impossible: ["0", "721h"]),
        .init(key: "responses.memory", one: "1MiB", other: "1GiB", impossible: ["1KiB", "17GiB"]),
        .init(key: "drain", one: "0s", other: "1h", impossible: ["25h", "never"]),
        .init(key: "hold.time", one: "0s", other: "1m", impossible: ["2h", "never"]),
        .init(key: "hold.calls", one: "0", other: "1000", impossible: ["-1", "100001", "many"]),
        .init(key: "queue.time", one: "0s", other: "1m", impossible: ["61s", "never"]),
        .init(key: "queue.calls", one: "0", other: "1000", impossible: ["-1", "100001", "many"]),
        .init(key: "capacity.time", one: "0s", other: "1m", impossible: ["25h", "never"]),
        .init(key: "capacity.calls", one: "0", other: "1000", impossible: ["-1", "100001", "many"]),
        .init(key: "capacity.ignore", one: "gemma-tunnel", other: "coder-*,gemma-tunnel", impossible: ["a b", "ä"]),
        .init(key: "placement.affinity", one: "gemma-tunnel", other: "coder-*,gemma-tunnel", impossible: ["a b", "ä"]),
        .init(
            key: "cors.origins",
            one: "https://a.example",
            other: "https://a.example,http://localhost:3000",
            impossible: ["a.example", "https://a.example/path", "https://", "://x", "https://*.example"]
        ),
        .init(
            key: "errors.codes",
            one: "400=invalid_request",
            other: "429=slow_down,bad_gateway=upstream_error",
            impossible: [
                "bad_gateway", "bad_gatewy=x", "200=x", "600=x", "400=", "=x", "400=X", "400=a=b", "400=a,400=b",
                "context_length_exceeded=a,context_length_exceeded=a",
            ]
        ),
        .init(key: "errors.upstream-text", one: "hidden", other: "passed", impossible: ["shown", "true", "Hidden"]),
        .init(key: "images.fetch", one: "true", other: "false", impossible: ["maybe", "2"]),
        .init(key: "images.size", one: "1MiB", other: "64KiB", impossible: ["1023", "65MiB", "large"]),
        .init(key: "images.count", one: "1", other: "100", impossible: ["0", "101", "few"]),
        .init(key: "images.timeout", one: "2m", other: "500ms", impossible: ["50ms", "11m"]),
        .init(
            key: "images.allow",
            one: "images.lan:8080",
            other: "10.1.0.0/16,fd00::/8,[fd00::/8]:8080,127.0.0.1:81",
            impossible: [
                "10.0.0.5/8", "10.0.0.0/33", "host:0", "host:70000", "http://host", "[host]:1", "10.0.0", "fd00::/129",
                "*",
            ]
        ),
        .init(key: "think-tags", one: "false", other: "true", impossible: ["maybe", "2"]),
        .init(key: "keys.prefix", one: "sk-", other: "sk-acme-2-", impossible: ["sk", "", "1sk-", "sk_x", "sk x"]),
        .init(
            key: "metrics.networks",
            one: "192.0.2.7",
            other: "10.0.0.0/8,fd00::/8",
            impossible: ["10.0.0.5/8", "host", "10.0.0.0/33", "*"]
        ),
        .init(key: "administration.api", one: "true", other: "false", impossible: ["maybe", "2"]),
        .init(
            key: "administration.networks",
            one: "192.0.2.7",
            other: "10.0.0.0/8,fd00::/8",
            impossible: ["10.0.0.5/8", "host", "10.0.0.0/33", "*"]
        ),
        .init(key: "administration.audit", one: "24h", other: "720h", impossible: ["1m", "90000h"]),
        .init(
            key: "alerts.url",
            one: "https://ops.example.com/a",
            other: "https://ops.example.com:8443/b?c=d",
            impossible: ["ops.example.com", "ftp://x", ""]
        ),
        .init(key: "alerts.secret-file", one: "a", other: "b", impossible: [""]),
        .init(key: "alerts.private", one: "true", other: "false", impossible: ["maybe", "2"]),
        .init(key: "alerts.offline", one: "0s", other: "1h", impossible: ["25h", "never"]),
        .init(key: "alerts.error-percent", one: "0", other: "100", impossible: ["101", "-1", "few"]),
        .init(key: "alerts.error-window", one: "1m", other: "1h", impossible: ["0", "25h"]),
        .init(key: "alerts.error-calls", one: "1", other: "100", impossible: ["0", "few"]),
        .init(key: "alerts.low-balance", one: "5", other: "0.25", impossible: ["-1", "1e3", "few", "0.0000001"]),
        .init(key: "billing.unit", one: "tokens", other: "credits", impossible: ["euros", "TOKENS"]),
        .init(key: "billing.assumed-output", one: "1", other: "100000", impossible: ["0", "-1", "10000001", "many"]),
        .init(key: "usage.record", one: "all", other: "none", impossible: ["some"]),
        .init(key: "usage.retention", one: "1h", other: "0s", impossible: ["-1", "100000h"]),
        .init(key: "usage.addresses", one: "true", other: "false", impossible: ["maybe", "2"]),
    ]
}
