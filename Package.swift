// swift-tools-version: 6.2

import PackageDescription

/// What every target of this package is compiled with.
///
/// Exclusivity is proven by the compiler where it can and checked at run time in debug builds and tests; the release
/// build leaves the run-time check out, which costs about a tenth of a small call.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

func target(_ name: String, in folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "Sources/\(folder)/\(name)",
        swiftSettings: strict
    )
}

func program(_ name: String, in folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: dependencies,
        path: "Sources/\(folder)/Command",
        swiftSettings: strict
    )
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: dependencies,
        path: "Tests/\(name)Tests",
        exclude: exclude,
        swiftSettings: strict
    )
}

extension Target.Dependency {
    static let asn1 = product(name: "SwiftASN1", package: "swift-asn1")
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let certificates = product(name: "X509", package: "swift-certificates")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = product(name: "CryptoExtras", package: "swift-crypto")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let grdbSQLite = product(name: "GRDBSQLite", package: "GRDB.swift")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let lifecycleTestKit = product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
    static let logging = product(name: "Logging", package: "swift-log")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHPACK = product(name: "NIOHPACK", package: "swift-nio-http2")
    static let nioHTTP2 = product(name: "NIOHTTP2", package: "swift-nio-http2")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
    static let nioWebSocket = product(name: "NIOWebSocket", package: "swift-nio")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let yams = product(name: "Yams", package: "Yams")
}

let package = Package(
    name: "adit",
    products: [
        .executable(name: "adit-relay", targets: ["RelayCommand"]),
        .executable(name: "adit-connector", targets: ["ConnectorCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.40.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    ],
    targets: [
        // Shared
        target("Vocabulary", in: "Shared", []),
        target("Dialects", in: "Shared", ["Vocabulary", .nioCore]),
        target("ConfigurationText", in: "Shared", [.yams]),
        target("LogLines", in: "Shared", [.logging]),
        target("Signals", in: "Shared", [.logging, .unixSignals]),
        target("Sockets", in: "Shared", [.nioCore]),
        target("Terminal", in: "Shared", []),
        target("TunnelProtocol", in: "Shared", [.nioCore]),
        target("TunnelTransport", in: "Shared", ["TunnelProtocol", .logging, .nioCore]),

        // Relay
        .systemLibrary(
            name: "CZlib",
            path: "Sources/Relay/CZlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .systemLibrary(
            name: "CZstd",
            path: "Sources/Relay/CZstd",
            pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"])]
        ),
        target("ContentCoding", in: "Relay", ["CZlib", "CZstd", .nioCore]),
        target("Accounts", in: "Relay", ["Vocabulary", .crypto, .cryptoExtras]),
        target("Ledger", in: "Relay", ["Vocabulary"]),
        target("Waiting", in: "Relay", []),
        target("Admission", in: "Relay", ["Vocabulary", "Accounts", "Waiting"]),
        target(
            "Routing",
            in: "Relay",
            ["Vocabulary", "TunnelProtocol", "TunnelTransport", "Waiting", .logging, .nioCore]
        ),
        target(
            "Gateway",
            in: "Relay",
            [
                "Vocabulary", "Dialects", "TunnelProtocol", "TunnelTransport", "Accounts", "Admission", "Ledger",
                "Routing", .logging, .nioCore,
            ]
        ),
        target(
            "Ingress",
            in: "Relay",
            [
                "Vocabulary", "Dialects", "ContentCoding", "Sockets", "TunnelTransport", "Gateway", .lifecycle,
                .logging, .nioCore, .nioHPACK, .nioHTTP1, .nioHTTP2, .nioPosix, .nioSSL, .nioWebSocket,
            ]
        ),
        target("WebClient", in: "Relay", ["Vocabulary", .nioCore, .nioHTTP1, .nioPosix, .nioSSL]),
        target("RemoteImages", in: "Relay", ["Vocabulary", "Gateway", "WebClient", .nioCore]),
        target(
            "Alerts",
            in: "Relay",
            ["Vocabulary", "WebClient", .crypto, .lifecycle, .logging, .nioCore]
        ),
        target(
            "Administration",
            in: "Relay",
            ["Vocabulary", "Accounts", "Ledger", .httpTypes, .hummingbird, .lifecycle, .logging, .nioCore, .nioPosix]
        ),
        target("SQLiteStore", in: "Relay", ["Vocabulary", "Accounts", "Ledger", .grdb, .grdbSQLite]),
        target("Telemetry", in: "Relay", ["Vocabulary", "Gateway", "Ingress", "Routing", .logging, .nioCore]),
        program(
            "RelayCommand",
            in: "Relay",
            [
                "Vocabulary", "Accounts", "Ledger", "Admission", "Routing", "Gateway", "Ingress", "WebClient",
                "RemoteImages", "Alerts", "Administration",
                "SQLiteStore", "Telemetry", "ConfigurationText", "LogLines", "Signals", "Terminal",
                .argumentParser,
                .asn1,
                .certificates,
                .crypto, .lifecycle,
                .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .unixSignals, .yams,
            ]
        ),

        // Connector
        target(
            "Uplink",
            in: "Connector",
            [
                "Vocabulary", "TunnelProtocol", "TunnelTransport", .crypto, .lifecycle, .logging, .nioCore, .nioHTTP1,
                .nioPosix, .nioSSL, .nioTLS,
            ]
        ),
        target(
            "Upstream",
            in: "Connector",
            [
                "Vocabulary", "Sockets", "TunnelProtocol", "TunnelTransport", .lifecycle, .logging, .nioCore, .nioPosix,
                .nioSSL, .nioTLS,
            ]
        ),
        program(
            "ConnectorCommand",
            in: "Connector",
            [
                "Vocabulary", "TunnelProtocol", "TunnelTransport", "Uplink", "Upstream", "ConfigurationText",
                "LogLines",
                "Signals", "Terminal",
                .argumentParser,
                .asn1,
                .certificates,
                .lifecycle, .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .unixSignals, .yams,
            ]
        ),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["CZlib", "CZstd", .nioCore, .nioHPACK, .nioHTTP1, .nioHTTP2, .nioPosix, .nioSSL],
            path: "Tests/Support",
            swiftSettings: strict
        ),
        // What a stream of each dialect must be, for every test that sees one.
        .target(
            name: "StreamCheckers",
            dependencies: ["Dialects", .nioCore],
            path: "Tests/StreamCheckers",
            swiftSettings: strict
        ),
        // What the fuzzer promises, which the tests replay; the fuzzer itself is a package of its own, Tests/Fuzz.
        .target(
            name: "FuzzChecks",
            dependencies: ["Vocabulary", "Dialects", "TunnelProtocol", "StreamCheckers", .nioCore],
            path: "Tests/Fuzz/Sources/FuzzChecks",
            swiftSettings: strict
        ),
        tests(
            "Administration",
            [
                "Vocabulary", "Accounts", "Administration", "Ledger", "SQLiteStore", .lifecycle, .logging, .nioCore,
                .nioPosix,
            ]
        ),
        tests("Accounts", ["Vocabulary", "Accounts"]),
        tests("Alerts", ["Vocabulary", "Alerts"]),
        tests("Admission", ["Vocabulary", "Accounts", "Admission"]),
        tests("Architecture", []),
        tests(
            "ConnectorCommand",
            [
                "Vocabulary", "TunnelProtocol", "Uplink", "Upstream", "ConfigurationText", "LogLines",
                "ConnectorCommand",
                .argumentParser, .logging, .nioCore, .nioHTTP1, .nioPosix,
            ]
        ),
        tests("ContentCoding", ["ContentCoding", "TestSupport", .nioCore]),
        tests(
            "Dialects",
            ["Vocabulary", "Dialects", "FuzzChecks", "StreamCheckers", .nioCore],
            // What the tests read and compare, by its path.
            exclude: [
                "Anthropic/Reference", "Chat/Reference", "Gemini/Reference", "Responses/Reference",
                "Translation/Reference",
            ]
        ),
        tests(
            "Gateway",
            [
                "Vocabulary", "Dialects", "Accounts", "Ledger", "Admission", "Routing", "TunnelProtocol", "Gateway",
                "SQLiteStore", "StreamCheckers", .logging, .nioCore, .nioEmbedded,
            ]
        ),
        tests(
            "Ingress",
            [
                "Vocabulary", "Dialects", "Gateway", "Ingress", "Sockets", "TestSupport", .nioCore, .nioEmbedded,
                .nioHPACK,
                .nioHTTP1,
                .nioHTTP2,
                .nioPosix,
                .nioWebSocket,
            ]
        ),
        tests("ConfigurationText", ["ConfigurationText"]),
        tests("Ledger", ["Vocabulary", "Ledger"]),
        tests("LogLines", ["LogLines", .logging]),
        tests(
            "RelayCommand",
            [
                "Vocabulary", "RelayCommand", "Administration", "ConfigurationText", "Terminal", .argumentParser, .asn1,
                .certificates, .logging, .nioCore, .nioEmbedded, .nioHTTP1, .nioPosix, .nioSSL,
            ]
        ),
        tests("RemoteImages", ["Vocabulary", "RemoteImages", "WebClient", .nioCore]),
        tests(
            "Routing",
            ["Vocabulary", "TunnelProtocol", "TunnelTransport", "Routing", .logging, .nioCore, .nioEmbedded]
        ),
        tests("SQLiteStore", ["Vocabulary", "Accounts", "Ledger", "SQLiteStore", .grdb]),
        tests(
            "Telemetry",
            [
                "Vocabulary", "TunnelProtocol", "TunnelTransport", "Routing", "Gateway", "Telemetry", .logging,
                .nioCore,
                .nioEmbedded,
            ]
        ),
        tests("Terminal", ["Terminal"]),
        tests("TunnelProtocol", ["TunnelProtocol", "FuzzChecks", .nioCore]),
        tests("TunnelTransport", ["TunnelProtocol", "TunnelTransport", .logging, .nioCore, .nioEmbedded]),
        tests(
            "Upstream",
            [
                "Vocabulary", "TunnelProtocol", "TunnelTransport", "Upstream", .logging, .nioCore, .nioEmbedded,
                .nioHTTP1, .nioPosix, .nioSSL, .nioTLS,
            ]
        ),
        tests(
            "Uplink",
            [
                "TunnelProtocol", "TunnelTransport", "Uplink", .lifecycle, .lifecycleTestKit, .logging, .nioCore,
                .nioEmbedded, .nioHTTP1, .nioPosix, .nioSSL, .nioTLS,
            ]
        ),
        tests("Vocabulary", ["Vocabulary"]),
        tests("Waiting", ["Waiting"]),
        tests("WebClient", ["Vocabulary", "WebClient", .nioCore, .nioPosix]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "TestSupport", "StreamCheckers", "RelayCommand", "ConnectorCommand", .crypto, .grdb, .nioCore,
            ],
            path: "Tests/EndToEnd",
            swiftSettings: strict
        ),
    ]
)
