private import Foundation
internal import NIOCore
private import NIOHTTP1
private import NIOPosix
internal import Upstream
private import Vocabulary

/// Looks at the model servers beside the connector, from the port to the first token.
struct ModelExamination: Sendable {
    let configuration: ConnectorConfiguration
    let eventLoop: any EventLoop
    /// How long a model may be loaded and think, in seconds.
    static let patience: Int64 = 120

    func run() async -> [Finding] {
        var upstreams = self.configuration.upstreams
        if upstreams.isEmpty {
            guard let found = await UsualPorts.find(self.configuration.native, on: self.eventLoop) else {
                let advice = "start one, or say where it is: --upstream URL"
                return [Finding(.modelServer, .failed, UsualPorts.noneFound, advice: advice)]
                    + Finding.skipped(from: .host)
            }
            upstreams = [found]
        }
        var findings: [Finding] = []
        let looks = await self.looks(at: upstreams)
        let wanted = WantedModels(
            model: self.configuration.model,
            choices: self.configuration.choices,
            servers: looks.map { $0.report.map(WantedModels.Server.init) }
        )
        for (index, look) in looks.enumerated() {
            findings += look.findings
            guard let report = look.report else { continue }
            let models = self.models(report, missing: wanted.missing(at: index))
            findings.append(models)
            if models.verdict == .failed {
                findings += Finding.skipped(from: .firstToken)
            } else if let model = wanted.first(at: index) {
                findings.append(await self.firstToken(upstreams[index], model))
            } else {
                findings.append(Finding(.firstToken, .skipped, "embedding models give no token"))
            }
        }
        return findings
    }

    /// What was found of one server itself.
    private struct Look {
        var findings: [Finding]
        /// `nil` when it does not answer as it should.
        var report: UpstreamReport?
    }

    private func looks(at upstreams: [UpstreamConfiguration]) async -> [Look] {
        var looks: [Look] = []
        for upstream in upstreams { looks.append(await self.look(at: upstream)) }
        return looks
    }

    private func look(at upstream: UpstreamConfiguration) async -> Look {
        let place = "\(upstream.address)"
        let report: UpstreamReport
        do {
            report = try await Prober(upstream, eventLoop: self.eventLoop).probe()
        } catch let fault as ProbeFault {
            let advice = "start the model server, and check its address and port: curl \(place)/v1/models"
            let finding = Finding(.modelServer, .failed, "\(place): \(fault.reason)", advice: advice)
            return Look(findings: [finding] + Finding.skipped(from: .host))
        } catch {
            return Look(
                findings: [self.unusable(upstream, .modelServer, error)] + Finding.skipped(from: .host)
            )
        }
        let host = await self.host(upstream)
        guard report.healthy else {
            let isHost = host.verdict == .failed
            let isElsewhere = report.reason == Prober.speaksNoneOfIt
            let finding = Finding(
                .modelServer,
                .failed,
                "\(place): \(report.reason ?? "not well")",
                advice: isHost
                    ? "see below"
                    : isElsewhere
                        ? "check the address; it ends before /v1, and this is to answer: curl \(place)/v1/models"
                        : "look at the model server's own log; its API key is given by ADIT_UPSTREAM_KEY, "
                            + "--upstream-key-file or key-file"
            )
            return Look(findings: [finding, host] + Finding.skipped(from: .models))
        }
        let kind = [report.kind.name, report.version].compactMap(\.self).joined(separator: " ")
        return Look(findings: [Finding(.modelServer, .ok, "\(kind) at \(place)"), host], report: report)
    }

    private func models(_ report: UpstreamReport, missing: [String]) -> Finding {
        let names = report.models.map(\.id)
        guard !names.isEmpty else {
            return Finding(
                .models,
                .failed,
                "the model server has none",
                advice: "have it load one, such as «ollama pull gemma3:4b»"
            )
        }
        guard missing.isEmpty else {
            let refuses = report.kind.refusesUnlisted
            return Finding(
                .models,
                refuses ? .failed : .warning,
                "«\(missing[0])» is not among them: \(names.prefix(8).joined(separator: ", "))",
                advice: refuses
                    ? "name one of these with --model or --deployment NAME=MODEL, or load it"
                    : "such a server may take any name; to be sure, name one of these with --model or --deployment NAME=MODEL"
            )
        }
        let rest = names.count > 5 ? " and \(names.count - 5) more" : ""
        return Finding(.models, .ok, names.prefix(5).joined(separator: ", ") + rest)
    }

    private func firstToken(_ upstream: UpstreamConfiguration, _ model: String) async -> Finding {
        let start = NIODeadline.now()
        do {
            let first = try FirstToken(upstream, eventLoop: self.eventLoop, patience: .seconds(Self.patience))
            let outcome = try await first.ask(model: model)
            let time = (NIODeadline.now() - start).nanoseconds / 1_000_000
            guard outcome.isAnswer else {
                return Finding(
                    .firstToken,
                    .failed,
                    "«\(model)» answers HTTP \(outcome.status)" + (outcome.complaint.map { ": \($0)" } ?? ""),
                    advice:
                        "look at the model server's own log; the same call: POST \(upstream.address)/v1/chat/completions"
                )
            }
            return Finding(.firstToken, .ok, "«\(model)» says its first after \(time) ms")
        } catch let fault as ProbeFault {
            return Finding(
                .firstToken,
                .failed,
                "«\(model)»: \(fault.reason)",
                advice:
                    "it may be loading still (the limit here is \(Self.patience) s); look at the model server's own log"
            )
        } catch {
            return self.unusable(upstream, .firstToken, error)
        }
    }

    /// A server that is not even asked: what it is to be known by cannot be used.
    private func unusable(_ upstream: UpstreamConfiguration, _ check: Check, _ error: any Error) -> Finding {
        Finding(
            check,
            .failed,
            "\(upstream.address): \(error)",
            advice:
                "check ca-file of this model server: it names a file of certificates in PEM that the connector may read"
        )
    }

    /// Whether the server takes the `Host` that the connector sends: some answer only to names that they know.
    private func host(_ upstream: UpstreamConfiguration) async -> Finding {
        guard case .server(let server) = upstream.address, server.scheme == .http else {
            return Finding(.host, .skipped, "not looked at")
        }
        let path = server.basePath + "/v1/models"
        guard let own = await self.status(server, path, host: server.authority) else {
            return Finding(.host, .skipped, "not looked at")
        }
        guard own == 403 || own == 400 || own == 421, let other = await self.status(server, path, host: "localhost"),
            other != own
        else { return Finding(.host, .ok, "«\(server.authority)» is taken") }
        return Finding(
            .host,
            .failed,
            "the model server refuses the Host «\(server.authority)» (HTTP \(own)), and takes «localhost»",
            advice: "have it take the name (Ollama: OLLAMA_HOST=0.0.0.0, vLLM: --allowed-hosts), or use --upstream "
                + "http://localhost:\(server.port)"
        )
    }

    private func status(_ server: UpstreamServer, _ path: String, host: String) async -> Int? {
        do {
            let channel = try await ClientBootstrap(group: self.eventLoop).connectTimeout(.seconds(5))
                .connect(host: server.host, port: server.port).get()
            let promise = channel.eventLoop.makePromise(of: Int.self)
            return try await channel.eventLoop.flatSubmit {
                do {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(StatusReader(promise))
                } catch {
                    promise.fail(error)
                }
                let head = HTTPRequestHead(
                    version: .http1_1,
                    method: .GET,
                    uri: path,
                    headers: ["host": host, "connection": "close"]
                )
                channel.write(HTTPClientRequestPart.head(head), promise: nil)
                channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
                channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
                return promise.futureResult
            }.get()
        } catch {
            return nil
        }
    }
}

/// Reads the status of an answer, and no more.
private final class StatusReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    private let promise: EventLoopPromise<Int>

    init(_ promise: EventLoopPromise<Int>) {
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = self.unwrapInboundIn(data) else { return }
        self.promise.succeed(Int(head.status.code))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { self.promise.fail(ChannelError.eof) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
