internal import NIOCore
internal import Upstream
internal import Vocabulary

/// Finds the model server of this machine when nobody said where it is.
enum UsualPorts {
    /// Where the common servers listen when they are not told otherwise.
    static let all: [(port: Int, kind: UpstreamKind)] = [
        (11_434, .ollama), (8_080, .llamaCpp), (8_000, .vllm), (30_000, .sglang), (1_234, .lmStudio),
    ]

    /// - Parameter native: what of the found server's own dialects is to be used.
    /// - Returns: `nil` when none is there now.
    static func find(_ native: NativeUse, on eventLoop: any EventLoop) async -> UpstreamConfiguration? {
        for (port, _) in Self.all {
            guard let address = try? UpstreamAddress("http://127.0.0.1:\(port)"),
                let report = try? await Prober(
                    UpstreamConfiguration(address: address, connectTimeout: .seconds(1)),
                    eventLoop: eventLoop
                ).probe(),
                Self.isModelServer(report)
            else { continue }
            return UpstreamConfiguration(address: address, native: native)
        }
        return nil
    }

    /// That there is none, and where one was looked for.
    static let noneFound =
        "none was found on this machine (\(Self.all.map { "\($0.kind.name) \($0.port)" }.joined(separator: ", ")))"

    /// What whoever wants one found can do.
    static let advice = "Start one, or say where it is with --upstream URL, or try --demo-model"

    /// Whether it is what was looked for: something else may well use one of these ports. A server that is known by its kind may still
    /// be loading its model.
    static func isModelServer(_ report: UpstreamReport) -> Bool {
        report.kind != .generic || (report.healthy && !report.models.isEmpty)
    }
}
