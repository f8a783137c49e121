private import Accounts
private import FoundationEssentials
internal import Hummingbird
internal import Ledger
private import Logging
private import Vocabulary

/// Codes that users turn into credits.
extension AdministrationService {
    var codes: [Operation] {
        [
            Operation(
                "listCodes",
                .get,
                "codes",
                "List the redeem codes, oldest first.",
                answer: .page(CodeDocument.self)
            ) { request, _ in
                let codes = try await self.ledger.attempt { try await $0.codes() }
                return try Page.answer(
                    request,
                    codes.sorted { ($0.created, $0.id) < ($1.created, $1.id) },
                    by: { Page.place($0.created, $0.id) }
                ) { CodeDocument($0) }
            },
            Operation(
                "createCodes",
                .post,
                "codes",
                "Make redeem codes; they are in this answer only.",
                body: .required(CodeDocument.Creation.self),
                answer: .createdList(CodeDocument.self)
            ) { request, context in
                let body = try await CodeDocument.Creation.read(from: request, context)
                let amount = try Self.amount(body.amount)
                let note = try Self.note(body.note)
                let count = body.count ?? 1
                guard (1...1_000).contains(count) else {
                    throw Problem(.badRequest, "The count is not from 1 to 1000.")
                }
                let (now, expires) = (self.directory.now(), body.expiresAt.map { Int($0.timeIntervalSince1970) })
                if let expires, expires <= now { throw Problem(.badRequest, "A code cannot expire in the past.") }
                let made = (0..<count).map { _ in
                    let secret = self.secrets.secret(prefix: Self.codePrefix)
                    let code = RedeemCode(
                        id: self.secrets.id(prefix: "code_"),
                        digest: self.digest(ofCode: secret),
                        hint: String(secret.suffix(4)),
                        amount: amount,
                        note: note,
                        created: now,
                        expires: expires
                    )
                    return (code, secret)
                }
                try await self.ledger.add(made.map(\.0))
                // A subject is one thing; several codes are found by the note and the time that they share.
                if let only = made.first, made.count == 1 { context.subject.set(only.0.id) }
                self.logger.notice("codes created", metadata: ["count": "\(count)", "amount": "\(amount)"])
                return try Response.json(made.map { CodeDocument($0.0, secret: $0.1) }, status: .created)
            },
            Operation(
                "redeemCode",
                .post,
                "codes/redeem",
                "Turn a code into credits of a user.",
                body: .required(CodeDocument.Redemption.self),
                answer: .ok(CodeDocument.self),
                refusals: [404, 409]
            ) { request, context in
                let body = try await CodeDocument.Redemption.read(from: request, context)
                return try await self.redeem(body.code, by: try self.holder(body.user), context)
            },
        ]
    }

    func redeem(
        _ code: String,
        by holder: HolderID,
        _ context: AdministrationContext
    ) async throws -> Response {
        let code = try await self.ledger.redeem(self.digest(ofCode: code), by: holder)
        self.logger.notice("code redeemed", metadata: ["code": "\(code.id)", "user": "\(holder)"])
        context.subject.set(code.id)
        return try Response.json(CodeDocument(code))
    }
}
