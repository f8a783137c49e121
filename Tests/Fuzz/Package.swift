// swift-tools-version: 6.2

import PackageDescription

// The rooms under test come in by symlinks, because what they offer is `package`: it does not cross packages.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(name)", swiftSettings: strict)
}

func fuzz(_ name: String) -> Target {
    .executableTarget(
        name: "\(name)Fuzz",
        dependencies: ["FuzzChecks", "Fuzzing"],
        path: "Sources/\(name)Fuzz",
        swiftSettings: strict
    )
}

let package = Package(
    name: "adit-fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-nio", from: "2.101.0")],
    targets: [
        room("Vocabulary", []),
        room("Dialects", ["Vocabulary", nioCore]),
        room("TunnelProtocol", ["Vocabulary", nioCore]),
        room("StreamCheckers", ["Dialects", nioCore]),
        room("FuzzChecks", ["Vocabulary", "Dialects", "TunnelProtocol", "StreamCheckers", nioCore]),
        .systemLibrary(name: "LibFuzzer", path: "Sources/LibFuzzer"),
        room("Fuzzing", ["FuzzChecks", "LibFuzzer"]),
        fuzz("BinaryHTTP"),
        fuzz("ChatStream"),
        fuzz("ChatToGemini"),
        fuzz("ChatToMessages"),
        fuzz("ChatToResponses"),
        fuzz("Control"),
        fuzz("GeminiEmbeddings"),
        fuzz("GeminiRequest"),
        fuzz("MessagesRequest"),
        fuzz("QMux"),
        fuzz("QMuxPair"),
        fuzz("Request"),
        fuzz("ResponsesRequest"),
        fuzz("TokenCount"),
    ]
)
