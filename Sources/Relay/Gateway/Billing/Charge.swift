import Accounts
import Admission
import Dialects
import Ledger
import NIOCore
import Vocabulary

/// What a call that is to be paid will cost, and whom: what is put aside for it belongs to the ledger until it ends.
struct Charge: Sendable {
    let ledger: Ledger
    let holder: HolderID
    let tariff: Tariff
    let vanishedClient: Group.VanishedClient
    let missingUsage: Group.MissingUsage
    /// Tokens of the prompt, about.
    let prompt: Int
    /// What the caller calls the call, if its outcome is to be kept.
    var name: CallName?
    /// When the ledger was last told that the call goes on.
    private(set) var renewed = NIODeadline.now()

    /// A call that goes on, in whatever line it stands, keeps what is put aside for it: once a minute is often enough.
    mutating func renew(_ call: CallID, at now: NIODeadline) {
        guard now - self.renewed >= .seconds(60) else { return }
        self.renewed = now
        self.ledger.renew(call)
    }

    /// Bytes of a request for each token of its prompt: less than any tokenizer needs for prose, about what it needs for code.
    static let bytesPerToken = 3
    /// No prompt is taken for longer than this: what is larger holds images.
    static let largestPrompt = 200_000

    /// What an answer used that says so, or nothing when it is not to be paid.
    /// - Parameter produced: about how many tokens the answer has, as far as it was seen.
    func usage(reported: Usage?, produced: Int) -> (usage: Usage, isEstimated: Bool)? {
        if let reported { return (reported, false) }
        switch self.missingUsage {
        case .isFree: return nil
        case .isEstimated: return (Usage(input: self.prompt, output: produced), true)
        }
    }
}

/// What a call may cost at most, and whom.
struct Quote: Sendable {
    let holder: HolderID
    let tariff: Tariff
    /// Tokens of the prompt, about.
    let prompt: Int
    let most: MicroCredits
}

extension Gateway {
    /// Puts aside what a call may cost at most.
    func charge(
        for request: Request,
        _ order: Order,
        _ grant: Grant
    ) throws(GatewayError) -> Charge {
        let quote = try self.quote(for: request, order, grant)
        do throws(LedgerError) {
            try self.billing.ledger.reserve(quote.most, of: quote.holder, for: request.id)
        } catch {
            if case .insufficient(let available) = error { throw self.billing.insufficient(available) }
            throw Billing.notAccounted
        }
        return Charge(
            ledger: self.billing.ledger,
            holder: quote.holder,
            tariff: quote.tariff,
            vanishedClient: grant.group.vanishedClient,
            missingUsage: grant.group.missingUsage,
            prompt: quote.prompt
        )
    }

    /// Refuses a call early that could not be paid for now. Nothing is put aside: that comes when the call is made.
    func checkBalance(for request: Request, _ order: Order, _ grant: Grant) throws(GatewayError) {
        guard grant.isBilled else { return }
        let quote = try self.quote(for: request, order, grant)
        let available = MicroCredits(self.billing.ledger.balance(of: quote.holder).available)
        guard available > .zero, available >= quote.most else { throw self.billing.insufficient(available) }
    }

    private func quote(
        for request: Request,
        _ order: Order,
        _ grant: Grant
    ) throws(GatewayError) -> Quote {
        let group = grant.group
        guard let price = grant.deployment.price else {
            throw GatewayError(
                .forbidden,
                "The model «\(grant.deploymentName)» has no price, so it cannot be sold. Ask whoever hosts this relay to "
                    + "set one.",
                parameter: "model"
            )
        }
        let tier = group.tierFactors.isEmpty ? nil : order.serviceTier
        let tariff = Tariff(
            input: price.input,
            cachedInput: price.cachedInput,
            output: price.output,
            multiplier: grant.multiplier.millionths,
            tierFactor: tier.flatMap { group.tierFactors[$0]?.millionths } ?? Tariff.one
        )
        let prompt = order.prompt(of: request)
        let output = order.outputLimit(of: request, assuming: self.billing.settings.assumedOutput)
        let holder = HolderID(rawValue: grant.userID.rawValue)
        guard let most = tariff.cost(of: Usage(input: prompt, output: output)) else {
            throw self.billing.insufficient(MicroCredits(self.billing.ledger.balance(of: holder).available))
        }
        return Quote(holder: holder, tariff: tariff, prompt: prompt, most: most)
    }
}

extension Order {
    /// How many tokens the prompt has, about: those of the body, and of what the relay remembers of the conversation.
    func prompt(of request: Gateway.Request) -> Int {
        min(self.bytesToRead(of: request) / Charge.bytesPerToken + 1, Charge.largestPrompt)
    }

    /// Bytes that the model is to read.
    func bytesToRead(of request: Gateway.Request) -> Int {
        switch self {
        case .passed: request.body.readableBytes
        case .translated(let translation): request.body.readableBytes + translation.rememberedBytes
        }
    }

    /// How many tokens may be written for the answer.
    /// - Parameter assumed: how many when the caller states no limit.
    func outputLimit(of request: Gateway.Request, assuming assumed: Int) -> Int {
        switch self {
        case .passed(let prepared): prepared.outputLimit(in: request.body, assuming: assumed)
        case .translated(let translation): translation.outputLimit(assuming: assumed)
        }
    }

    /// What kind of service the caller asks for, if it says so.
    fileprivate var serviceTier: String? {
        switch self {
        case .passed(let prepared): prepared.serviceTier
        case .translated(let translation): translation.serviceTier
        }
    }
}
