private import HTTPTypes

/// The description of the API by itself, as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1).
struct OpenAPI {
    let operations: [Operation]
    let version: String

    var document: JSON {
        [
            "openapi": "3.1.1",
            "info": [
                "title": "Adit administration API",
                "version": .text(self.version),
                "description": """
                Administers a relay: users, groups, keys, deployments, tunnel tokens, limits. \
                What lies under /me is for every user: their own keys. \
                Every refusal is a problem document (RFC 9457).
                """,
            ],
            "servers": [["url": .text(AdministrationAPI.basePath)]],
            "security": [["token": []], ["session": []]],
            "paths": self.paths,
            "components": [
                "schemas": self.schemas,
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer",
                        "description": "An administration token: at-adit-….",
                    ],
                    "session": [
                        "type": "apiKey", "in": "cookie", "name": .text(SessionCookie.name),
                        "description": .text(
                            "The cookie of createSession. Changes also need its csrf_token in the header "
                                + "\(SessionCookie.csrfHeader)."
                        ),
                    ],
                ],
            ],
        ]
    }

    private var paths: JSON {
        var paths: [String: [String: JSON]] = [:]
        for operation in self.operations {
            paths["/" + operation.path, default: [:]][operation.method.rawValue.lowercased()] = self.describe(operation)
        }
        return .record(paths.mapValues(JSON.record))
    }

    private var schemas: JSON {
        let records = self.operations.flatMap { $0.answer.records + ($0.body.map { [$0.schema] } ?? []) }
        var schemas: [String: JSON] = [:]
        for record in records + Self.inner { schemas[record.name] = record.document }
        return .record(schemas)
    }

    /// Records that are met within others only.
    private static let inner = [
        LimitsDocument.schema, QuotaDocument.schema, DeploymentDocument.PriceDocument.schema, Problem.Document.schema,
        StatusReport.Relay.schema, StatusReport.Deployment.schema, StatusReport.Tunnel.schema,
    ]

    private func describe(_ operation: Operation) -> JSON {
        var document: [String: JSON] = [
            "operationId": .text(operation.id),
            "summary": .text(operation.summary),
            "tags": [.text(String(operation.path.prefix { $0 != "/" }))],
            "responses": .record(self.answers(operation)),
        ]
        if operation.access == .everyone { document["security"] = [] }
        let inPath = operation.pathParameters.map { name -> JSON in
            [
                "name": .text(name), "in": "path", "required": true,
                "schema": ["type": "string", "minLength": 1],
            ]
        }
        let inQuery = operation.parameters.map { parameter -> JSON in
            ["name": .text(parameter.name), "in": "query", "schema": parameter.schema]
        }
        if !inPath.isEmpty || !inQuery.isEmpty { document["parameters"] = .list(inPath + inQuery) }
        if let body = operation.body {
            document["requestBody"] = [
                "required": .truth(body.isRequired),
                "content": ["application/json": ["schema": .record(body.schema)]],
            ]
        }
        return .record(document)
    }

    private func answers(_ operation: Operation) -> [String: JSON] {
        var answers: [String: JSON] = [:]
        var success: [String: JSON] = ["description": .text(Self.words[operation.answer.status] ?? "It went well.")]
        if !operation.answer.contents.isEmpty {
            success["content"] = .record(operation.answer.contents.mapValues { ["schema": $0] })
        }
        if operation.answer.isPage {
            success["headers"] = [
                "link": [
                    "description": "Where the next page is, with rel=\"next\"; absent on the last one.",
                    "schema": ["type": "string"],
                ]
            ]
        }
        answers[String(operation.answer.status)] = .record(success)
        for status in operation.problems {
            answers[String(status)] = [
                "description": .text(Self.words[status] ?? "It is refused."),
                "content": ["application/problem+json": ["schema": .record(Problem.Document.schema)]],
            ]
        }
        return answers
    }

    private static let words: [Int: String] = [
        200: "What was asked for.",
        201: "It is made.",
        204: "It is done.",
        400: "The request is not understood, or what it asks for cannot be.",
        401: "Nobody is signed in, or the token is none.",
        403: "Whoever asks may not do this.",
        404: "There is no such thing.",
        409: "It does not fit what there is already.",
        413: "The body is too large.",
        429: "Too many attempts failed: see retry-after.",
        500: "The relay could not do it; its log says why.",
        503: "The relay is too busy: see retry-after.",
    ]
}
