private import Ledger

/// Members that several records have.
private enum Common {
    static let amount = JSON.string("Credits with at most six decimals, such as 12.5.", longest: 32)
    static let note = JSON.string("Why, for people.", longest: 1_000)
    static let tokens = JSON.integer("Tokens.")
    static let price = JSON.integer("Micro-credits for a million tokens.")
    static let factor = JSON.integer("In millionths.")
    static let milliseconds = JSON.integer("Milliseconds.")
}

extension BalanceDocument: Described {
    static let schema = RecordSchema(
        "Balance",
        "What a user has.",
        [
            .must("user", .string("The id of the user.")), .must("available", Common.amount),
            .must("held", .string("What is put aside for calls that are under way, in credits.")),
        ]
    )
}

extension MovementDocument: Described {
    static let schema = RecordSchema(
        "Movement",
        "One movement of a user's money.",
        [
            .must("kind", .string("What it was: top-up, code, adjustment, reservation, release, settlement, refund.")),
            .must("amount", .string("In credits; below zero when the user has less afterwards.")),
            .must("at", .time("When.")), .may("call", .string("The id of the call that it was for.")),
            .may("note", Common.note),
        ]
    )
}

extension MovementDocument.Creation {
    static let schema = RecordSchema(
        "MovementCreation",
        "A change of what a user has.",
        [
            .must("kind", .string("Paid for, or corrected.", of: [Movement.Kind.topUp, .adjustment].map(\.rawValue))),
            .must("amount", .string("Credits such as 12.5; an adjustment may be below zero.", longest: 32)),
            .may("note", Common.note),
        ]
    )
}

extension MovementDocument.Refund {
    static let schema = RecordSchema(
        "Refund",
        "What is given back for a call.",
        [
            .may("amount", .string("In credits; without it all that was charged.", longest: 32)),
            .may("note", Common.note),
        ]
    )
}

extension CodeDocument: Described {
    static let schema = RecordSchema(
        "RedeemCode",
        "What a user turns into credits, once.",
        [
            .must("id", .string("Its id.")), .must("hint", .string("The last four characters of the code.")),
            .must("amount", Common.amount), .may("note", Common.note), .must("created_at", .time("When it was made.")),
            .may("expires_at", .time("From when on it is refused.")),
            .may("redeemed_at", .time("When it was redeemed.")),
            .may("redeemed_by", .string("The id of who redeemed it.")),
            .may("code", .string("The code itself; in the answer that made it and never again.")),
        ]
    )
}

extension CodeDocument.Creation {
    static let schema = RecordSchema(
        "RedeemCodeCreation",
        "Codes to be made.",
        [
            .must("amount", Common.amount), .may("count", .integer("How many; one without it.", from: 1, to: 1_000)),
            .may("note", Common.note), .may("expires_at", .time("From when on they are refused.")),
        ]
    )
}

extension CodeDocument.Redemption {
    static let schema = RecordSchema(
        "Redemption",
        "A code, and who gets what it is worth.",
        [
            .must("code", .string("The code.", longest: 200, isSecret: true)),
            .must("user", .string("The id, name or e-mail address of the user.")),
        ]
    )
}

extension CodeDocument.OwnRedemption {
    static let schema = RecordSchema(
        "OwnRedemption",
        "A code of which one gets oneself what it is worth.",
        [.must("code", .string("The code.", longest: 200, isSecret: true))]
    )
}

extension UsageDocument: Described {
    static let schema = RecordSchema(
        "UsageRecord",
        "What is kept of one call; never anything of its prompt or its answer.",
        [
            .must("call", .string("Its id, which x-request-id said.")), .must("at", .time("When it came.")),
            .must("key", .string("The id of the key.")), .must("user", .string("The id of the user.")),
            .must("deployment", .string("The public model name.")),
            .must("endpoint", .string("What was asked for.")), .must("stream", .boolean("Whether it was streamed.")),
            .must("status", .integer("The HTTP status; 499 when the caller left.")),
            .may("error", .string("Why it has no whole answer.")), .must("input_tokens", Common.tokens),
            .must("cached_input_tokens", Common.tokens), .must("output_tokens", Common.tokens),
            .must("reasoning_tokens", Common.tokens),
            .must("estimated", .boolean("Whether the tokens are estimated.")), .may("price_input", Common.price),
            .may("price_cached_input", Common.price), .may("price_output", Common.price),
            .may("multiplier", Common.factor), .may("tier_factor", Common.factor), .must("cost", Common.amount),
            .must("shortfall", .string("What the balance did not cover, in credits.")),
            .may("first_byte_ms", Common.milliseconds), .must("duration_ms", Common.milliseconds),
            .may("connector", .string("The session of the connector; absent when the call came to none.")),
            .may("address", .string("The caller's address.")),
        ]
    )
}
