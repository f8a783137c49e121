internal import Logging
internal import NIOCore
private import Terminal
internal import Upstream
internal import Vocabulary

/// Finds the model server of this machine when nobody said where it is.
enum UsualPorts {
    /// Where the common servers listen when they are not told otherwise.
    static let all: [(port: Int, kind: UpstreamKind)] = [
        (11_434, .ollama), (8_080, .llamaCpp), (8_000, .vllm), (30_000, .sglang), (1_234, .lmStudio),
    ]

    /// - Parameter native: what of the found server's own dialects is to be used.
    static func find(
        _ native: NativeUse,
        on eventLoop: any EventLoop,
        logger: Logger
    ) async throws -> UpstreamConfiguration {
        for (port, _) in Self.all {
            let configuration = UpstreamConfiguration(
                address: try UpstreamAddress("http://127.0.0.1:\(port)"),
                connectTimeout: .seconds(1)
            )
            guard let report = try? await Prober(configuration, eventLoop: eventLoop).probe(),
                Self.isModelServer(report)
            else { continue }
            logger.info("found \(report.kind.name) at \(configuration.address)")
            return UpstreamConfiguration(address: configuration.address, native: native)
        }
        let ports = Self.all.map { "\($0.kind.name) \($0.port)" }.joined(separator: ", ")
        throw Complaint(
            "no model server was found on this machine (\(ports)). Start one, or say where it is with --upstream URL, "
                + "or try --demo-model"
        )
    }

    /// Whether it is what was looked for: something else may well use one of these ports. A server that is known by its kind may still
    /// be loading its model.
    static func isModelServer(_ report: UpstreamReport) -> Bool {
        report.kind != .generic || (report.healthy && !report.models.isEmpty)
    }
}
