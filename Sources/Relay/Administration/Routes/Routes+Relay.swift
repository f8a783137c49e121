private import Accounts
private import FoundationEssentials
internal import Hummingbird
private import Logging

/// What concerns the relay as a whole.
extension AdministrationService {
    var relayOperations: [Operation] {
        [
            Operation("showStatus", .get, "status", "How the relay is doing.", answer: .ok(StatusReport.self)) { _, _ in
                try Response.json(await self.status.status())
            },
            Operation(
                "showLimits",
                .get,
                "limits",
                "What limits all calls to the relay together.",
                answer: .ok(LimitsDocument.self)
            ) { _, _ in
                try Response.json(LimitsDocument(self.directory.snapshot.relayLimits) ?? LimitsDocument())
            },
            Operation(
                "changeLimits",
                .patch,
                "limits",
                "Change what limits all calls to the relay together.",
                body: .required(LimitsDocument.self),
                answer: .ok(LimitsDocument.self)
            ) { request, context in
                let body = try await RelayLimits.read(from: request, context)
                var limits = self.directory.snapshot.relayLimits
                body.limits.apply(to: &limits)
                limits = try await self.directory.setRelayLimits(limits)
                self.logger.notice("limits of the relay changed", metadata: ["limits": "\(limits)"])
                return try Response.json(LimitsDocument(limits) ?? LimitsDocument())
            },
            Operation(
                "describe",
                .get,
                "openapi.json",
                "This document.",
                access: .everyone,
                answer: .init(status: 200, contents: ["application/json": ["type": "object"]])
            ) { _, _ in
                let bytes = try self.description.bytes {
                    let encoder = JSONEncoder()
                    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                    let document = OpenAPI(operations: self.operations, version: "1").document
                    return ByteBuffer(bytes: try encoder.encode(document))
                }
                var response = Response(status: .ok, body: .init(byteBuffer: bytes))
                response.headers[.contentType] = "application/json"
                return response
            },
        ]
    }
}

/// The body of `PATCH limits`.
private struct RelayLimits: RequestDocument {
    let limits: LimitsDocument

    static let schema = LimitsDocument.schema

    init(from decoder: any Decoder) throws {
        self.limits = try LimitsDocument(from: decoder)
    }
}
