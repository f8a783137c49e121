internal import Accounts
private import FoundationEssentials
internal import Hummingbird
private import Logging
private import Vocabulary

/// Administration tokens, and what was done with them and otherwise.
extension AdministrationService {
    var adminTokenOperations: [Operation] {
        [
            Operation(
                "listAdminTokens",
                .get,
                "admin-tokens",
                "List the administration tokens, oldest first.",
                answer: .page(AdminTokenDocument.self)
            ) { request, _ in
                let tokens = self.directory.adminTokens()
                return try Page.answer(request, tokens, by: { Page.place($0.created, $0.id.rawValue) }) {
                    AdminTokenDocument($0, in: self.directory)
                }
            },
            Operation(
                "createAdminToken",
                .post,
                "admin-tokens",
                "Make an administration token; its secret is in this answer only.",
                body: .required(AdminTokenDocument.Creation.self),
                answer: .created(AdminTokenDocument.self),
                refusals: [404]
            ) { request, context in
                let body = try await AdminTokenDocument.Creation.read(from: request, context)
                let scope = try Problem.choice(body.scope, of: AdminToken.Scope.self, named: "scope") ?? .read
                let (token, secret) = try await self.directory.createAdminToken(
                    label: body.label ?? "",
                    user: body.user ?? UserID.first.rawValue,
                    scope: scope,
                    expires: body.expiresAt.map { Int($0.timeIntervalSince1970) }
                )
                self.logger.notice("administration token created", metadata: ["token": "\(token.id)"])
                context.subject.set(token.id.rawValue)
                return try Response.json(
                    AdminTokenDocument(token, in: self.directory, secret: secret),
                    status: .created
                )
            },
            Operation(
                "revokeAdminToken",
                .delete,
                "admin-tokens/{token}",
                "Revoke an administration token.",
                answer: .done
            ) { _, context in
                let id = try await self.directory.revokeAdminToken(AdminTokenID(rawValue: try context.name("token")))
                self.logger.notice("administration token revoked", metadata: ["token": "\(id)"])
                context.subject.set(id.rawValue)
                return Response.done
            },
        ]
    }

    var auditOperations: [Operation] {
        [
            Operation(
                "listAudit",
                .get,
                "audit",
                "List the changes that were made, newest first.",
                parameters: [
                    .init("actor", .string("Only those of a user's id, or of «local».")),
                    .init("action", .string("Only those with this operationId.")),
                    .init("subject", .string("Only those of what has this id or name.")),
                ],
                answer: .page(AuditDocument.self)
            ) { request, _ in
                let page = try Page(request)
                let query = request.uri.queryParameters
                var before: Int?
                if let after = page.after {
                    before = Int(after)
                    guard before != nil else { throw Page.foreignCursor }
                }
                let entries = try await self.trail.entries(
                    AuditQuery(
                        actor: query["actor"].map(String.init),
                        action: query["action"].map(String.init),
                        subject: query["subject"].map(String.init),
                        before: before,
                        limit: page.limit + 1
                    )
                )
                let shown = entries.prefix(page.limit)
                let next = entries.count > shown.count ? shown.last.map { "\($0.id)" } : nil
                return try page.answer(request, shown.map(AuditDocument.init), next: next)
            }
        ]
    }
}
