internal import Administration
internal import ArgumentParser
private import FoundationEssentials
private import Ledger

/// `adit-relay balance …`: what users have to spend.
struct BalanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance",
        abstract: "See and change what users have to spend, in credits.",
        subcommands: [Show.self, TopUp.self, Adjust.self, Refund.self, History.self]
    )
}

extension BalanceCommand {
    struct Show: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a user has.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The user.") var user: String

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let balance: BalanceDocument = try await client.get(["users", self.user, "balance"])
            let lines = Wording.facts([
                ("user", balance.user), ("available", balance.available), ("held for calls", balance.held),
            ])
            return CommandAnswer(lines: lines, document: balance)
        }
    }

    struct TopUp: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Add what a user paid for.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The user.") var user: String
        @Argument(help: "Credits, such as 12.5.") var amount: String
        @Option(help: "Why, for the journal.") var note: String?

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            try await client.move(.topUp, self.amount, of: self.user, note: self.note)
        }
    }

    struct Adjust: AdministrationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Correct a balance, up or down.",
            discussion: "An amount below zero stands behind «--»: adit-relay balance adjust USER -- -2.5"
        )

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The user.") var user: String
        @Argument(help: "Credits, such as 12.5 or -3.") var amount: String
        @Option(help: "Why, for the journal.") var note: String?

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            try await client.move(.adjustment, self.amount, of: self.user, note: self.note)
        }
    }

    struct Refund: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Give back what was charged for a call.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The call's id, as x-request-id said it.") var call: String
        @Option(help: "Credits (default: all that was charged).") var amount: String?
        @Option(help: "Why, for the journal.") var note: String?

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let body = MovementDocument.Refund(amount: self.amount, note: self.note)
            let movement: MovementDocument = try await client.post(["calls", self.call, "refund"], body: body)
            return CommandAnswer(lines: ["\(movement.amount) credits are given back"], document: movement)
        }
    }

    struct History: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "List the movements of a user's money, newest first.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The user.") var user: String
        @Option(help: "How many at most.") var limit = 200

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let most = max(self.limit, 1)
            let movements: [MovementDocument] = try await client.list(
                ["users", self.user, "movements"],
                query: [("limit", "\(min(most, 1_000))")],
                atMost: most
            )
            var table = TextTable([
                .whole("TIME"), .whole("KIND"), .number("CREDITS"), .whole("CALL"), .text("NOTE"),
            ])
            for movement in movements {
                table.add([
                    Wording.time(movement.at), movement.kind, movement.amount, movement.call ?? "", movement.note ?? "",
                ])
            }
            return CommandAnswer(lines: movements.isEmpty ? ["no movements"] : table.lines(), document: movements)
        }
    }
}

extension AdministrationClient {
    fileprivate func move(
        _ kind: Movement.Kind,
        _ amount: String,
        of user: String,
        note: String?
    ) async throws -> CommandAnswer {
        let body = MovementDocument.Creation(kind: kind.rawValue, amount: amount, note: note)
        let _: MovementDocument = try await self.post(["users", user, "movements"], body: body)
        let balance: BalanceDocument = try await self.get(["users", user, "balance"])
        return CommandAnswer(lines: ["\(balance.user) has \(balance.available) credits now"], document: balance)
    }
}
