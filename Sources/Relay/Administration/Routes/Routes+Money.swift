internal import Accounts
private import FoundationEssentials
internal import Hummingbird
internal import Ledger
private import Logging
internal import Vocabulary

/// Balances, redeem codes and usage.
extension AdministrationService {
    var moneyOperations: [Operation] {
        self.balances + self.codes + self.ownMoney + self.usage
    }

    private var balances: [Operation] {
        [
            Operation(
                "showBalance",
                .get,
                "users/{user}/balance",
                "Show what a user has.",
                answer: .ok(BalanceDocument.self),
                refusals: [409]
            ) { _, context in
                let holder = try self.holder(try context.name("user"))
                return try Response.json(BalanceDocument(holder.rawValue, self.ledger.balance(of: holder)))
            },
            Operation(
                "listMovements",
                .get,
                "users/{user}/movements",
                "List the movements of a user's money, newest first.",
                answer: .page(MovementDocument.self),
                refusals: [409]
            ) { request, context in
                try await self.movements(request, of: try self.holder(try context.name("user")))
            },
            Operation(
                "move",
                .post,
                "users/{user}/movements",
                "Top a balance up, or correct it.",
                body: .required(MovementDocument.Creation.self),
                answer: .created(MovementDocument.self),
                refusals: [409]
            ) { request, context in
                let holder = try self.holder(try context.name("user"))
                context.subject.set(holder.rawValue)
                let body = try await MovementDocument.Creation.read(from: request, context)
                let amount = try Self.amount(body.amount)
                let note = try Self.note(body.note)
                let movement =
                    switch Movement.Kind(rawValue: body.kind) {
                    case .topUp: try await self.ledger.topUp(amount, of: holder, note: note)
                    case .adjustment: try await self.ledger.adjust(by: amount, of: holder, note: note)
                    default: throw Problem(.badRequest, "The kind is not «top-up» or «adjustment».")
                    }
                self.logger.notice(
                    "balance changed",
                    metadata: ["user": "\(holder)", "kind": "\(body.kind)", "amount": "\(amount)"]
                )
                return try Response.json(MovementDocument(movement), status: .created)
            },
            Operation(
                "refundCall",
                .post,
                "calls/{call}/refund",
                "Give back what was charged for a call.",
                body: .required(MovementDocument.Refund.self),
                answer: .created(MovementDocument.self),
                refusals: [409]
            ) { request, context in
                let call = CallID(rawValue: try context.name("call"))
                let body = try await MovementDocument.Refund.read(from: request, context)
                let amount = try body.amount.map(Self.amount)
                let movement = try await self.ledger.refund(call, amount: amount, note: try Self.note(body.note)) {
                    holder in
                    (try? self.directory.user(holder.rawValue)) != nil
                }
                self.logger.notice("call refunded", metadata: ["call": "\(call)", "amount": "\(movement.amount)"])
                return try Response.json(MovementDocument(movement), status: .created)
            },
        ]
    }

    /// What users may do with their own.
    private var ownMoney: [Operation] {
        [
            Operation(
                "showOwnBalance",
                .get,
                "me/balance",
                "Show what one has.",
                access: .user,
                answer: .ok(BalanceDocument.self),
                refusals: [409]
            ) { _, context in
                let holder = HolderID(rawValue: try context.user().id.rawValue)
                return try Response.json(BalanceDocument(holder.rawValue, self.ledger.balance(of: holder)))
            },
            Operation(
                "listOwnMovements",
                .get,
                "me/movements",
                "List the movements of one's money, newest first.",
                access: .user,
                answer: .page(MovementDocument.self),
                refusals: [409]
            ) { request, context in
                let holder = HolderID(rawValue: try context.user().id.rawValue)
                return try await self.movements(request, of: holder)
            },
            Operation(
                "redeemOwnCode",
                .post,
                "me/redeem",
                "Turn a code into credits.",
                access: .user,
                body: .required(CodeDocument.OwnRedemption.self),
                answer: .ok(CodeDocument.self),
                refusals: [404, 409]
            ) { request, context in
                let body = try await CodeDocument.OwnRedemption.read(from: request, context)
                let holder = HolderID(rawValue: try context.user().id.rawValue)
                return try await self.redeem(body.code, by: holder, context)
            },
        ]
    }

    /// A page of movements; a cursor is the number of the last one in the journal.
    private func movements(_ request: Request, of holder: HolderID) async throws -> Response {
        let page = try Page(request)
        let before = try page.after.map { text throws(Problem) in
            guard let number = Int64(text), number > 0 else { throw Page.foreignCursor }
            return number
        }
        let found = try await self.ledger.attempt {
            try await $0.movements(of: holder, before: before, limit: page.limit + 1)
        }
        let shown = found.prefix(page.limit)
        let next = found.count > shown.count ? shown.last.map { "\($0.number)" } : nil
        return try page.answer(request, shown.map { MovementDocument($0.movement) }, next: next)
    }

    /// Whose balance is meant: a user by id, name or e-mail address.
    func holder(_ user: String) throws(DirectoryError) -> HolderID {
        HolderID(rawValue: try self.directory.user(user).id.rawValue)
    }

    /// What every redeem code begins with.
    static let codePrefix = "rc-adit-"

    func digest(ofCode secret: String) -> RedeemCode.Digest {
        RedeemCode.Digest(bytes: Array(self.directory.digest(of: secret[...]).bytes))
    }

    static func amount(_ text: String) throws(Problem) -> MicroCredits {
        guard let amount = MicroCredits(text) else {
            throw Problem(
                .badRequest,
                "«\(text.prefix(40))» is no amount: expected credits with at most six decimals, such as 12.5."
            )
        }
        return amount
    }

    static func note(_ text: String?) throws(DirectoryError) -> String {
        let note = text ?? ""
        try Directory.check(note, named: "note", atMost: 1_000)
        return note
    }
}

extension Problem {
    /// What the ledger refused.
    init(_ error: LedgerError) {
        let status: HTTPResponse.Status =
            switch error {
            case .insufficient, .duplicateCall, .conflict: .conflict
            case .impossibleAmount: .badRequest
            case .notFound: .notFound
            case .unavailable, .storage: .internalServerError
            }
        self.init(status, "\(error)")
    }
}
