internal import Accounts

/// Members that several records have.
private enum Common {
    static let limits = JSON.record(LimitsDocument.schema)
    static let quota = JSON.record(QuotaDocument.schema)
    static let created = JSON.time("When it was made.")
    static let id = JSON.string("Its id.")
    static let hint = JSON.string("The last four characters of its secret, to tell it from others.")
    static let secret = JSON.string("The secret itself; in the answer that made it and never again.")
    static let previous = JSON.time("Until when the secret before this one is good; absent when it is not.")
    static let models = JSON.strings(
        "Names and patterns of the deployments that it may use; absent or empty for every one."
    )
    static let allowed = JSON.strings("Addresses and ranges that it may be used from; absent or empty for everywhere.")
    static let denied = JSON.strings("Addresses and ranges that it may not be used from; absent or empty for none.")
    static let label = JSON.string("Whose or what it is, for people.", longest: 200)
    static let disabled = JSON.boolean("Whether every call with it is refused.")
}

extension LimitsDocument: Described {
    static let schema = RecordSchema(
        "Limits",
        "How much may be asked for; members that are absent limit nothing. In changes they stay as they are, and 0 takes a"
            + " limit away.",
        [
            .may("requests_per_minute", .integer("Calls in a minute.", to: Limits.largest)),
            .may("requests_per_day", .integer("Calls in a day.", to: Limits.largest)),
            .may("tokens_per_minute", .integer("Tokens of prompts and answers in a minute.", to: Limits.largest)),
            .may("concurrent_calls", .integer("Calls at once.", to: Limits.largest)),
        ]
    )
}

extension QuotaDocument: Described {
    private static let amount = JSON.record([
        "type": ["integer", "string"], "pattern": .text("^[0-9]+(\\.[0-9]{1,6})?$|^$"), "minimum": 0,
        "description": "Tokens, or credits with at most six decimals as text.",
    ])

    static let schema = RecordSchema(
        "Quota",
        "How much a key may use up; members that are absent limit nothing. In changes they stay as they are, and 0 takes one away.",
        [
            .may(
                "unit",
                .string(
                    "What is counted. In changes another unit needs amounts, which replace all of before.",
                    of: Quota.Unit.allCases.map(\.rawValue)
                )
            ),
            .may("life", Self.amount), .may("five_hours", Self.amount), .may("day", Self.amount),
            .may("week", Self.amount),
        ]
    )
}

extension KeyDocument: Described {
    static let schema = RecordSchema(
        "Key",
        "What a caller shows.",
        [
            .must("id", Common.id), .may("label", Common.label), .must("hint", Common.hint),
            .must("disabled", Common.disabled),
            .must("created_at", Common.created), .may("expires_at", .time("When it ends; absent when it does not.")),
            .may("last_used_at", .time("When a call last came with it; absent when none did.")),
            .may("models", Common.models), .must("user", .string("The name of its user.")),
            .must("user_id", .string("The id of its user.")), .must("group", .string("The name of its group.")),
            .must("group_id", .string("The id of its group.")), .may("allowed_addresses", Common.allowed),
            .may("denied_addresses", Common.denied), .may("limits", Common.limits),
            .may("quota", Common.quota), .may("previous_secret_until", Common.previous),
            .may("secret", Common.secret),
        ]
    )
}

extension KeyDocument.Creation {
    static let schema = RecordSchema(
        "KeyCreation",
        "A key to be made.",
        [
            .may("label", Common.label), .may("expires_at", .time("When it ends; without it, it does not.")),
            .may("models", Common.models),
            .may("user", .string("The id, name or e-mail address of its user; the first user without it.")),
            .may("group", .string("The id or name of its group; the default group without it.")),
            .may("allowed_addresses", Common.allowed), .may("denied_addresses", Common.denied),
            .may("limits", Common.limits), .may("quota", Common.quota),
        ]
    )
}

extension KeyDocument.Change {
    static let schema = RecordSchema(
        "KeyChange",
        "What is to be another; what is absent stays.",
        [
            .may("disabled", Common.disabled), .may("label", Common.label), .may("models", Common.models),
            .may("user", .string("The id, name or e-mail address of its user.")),
            .may("group", .string("The id or name of its group.")), .may("allowed_addresses", Common.allowed),
            .may("denied_addresses", Common.denied), .may("limits", Common.limits), .may("quota", Common.quota),
        ]
    )
}

extension KeyDocument.Rotation {
    static let schema = RecordSchema(
        "Rotation",
        "How a secret is replaced.",
        [.may("overlap", .integer("How many seconds the old secret is good yet; 0 without it.", to: 90 * 86_400))]
    )
}

extension TokenDocument: Described {
    static let schema = RecordSchema(
        "TunnelToken",
        "What a connector shows.",
        [
            .must("id", Common.id), .may("label", Common.label), .must("hint", Common.hint),
            .must("created_at", Common.created),
            .may("revoked_at", .time("When it was revoked; absent while it is good.")),
            .must("scope", .strings("Names and patterns of the deployments that its connectors may publish.")),
            .may("previous_secret_until", Common.previous), .may("secret", Common.secret),
        ]
    )
}

extension TokenDocument.Creation {
    static let schema = RecordSchema(
        "TunnelTokenCreation",
        "A tunnel token to be made.",
        [
            .may("label", Common.label),
            .must(
                "scope",
                .strings("Names and patterns of the deployments that its connectors may publish; one at least.")
            ),
        ]
    )
}

extension DeploymentDocument: Described {
    static let schema = RecordSchema(
        "Deployment",
        "A public model name: what was decided, and how it stands now.",
        [
            .must("name", .string("What callers write for it.")), .may("description", .string("For people.")),
            .must("enabled", .boolean("Whether calls to it are taken.")),
            .must("origin", .string("Who brought it into being.", of: ["administrator", "connector"])),
            .must("created_at", Common.created), .must("online", .boolean("Whether a call would be taken now.")),
            .may("reason", .string("Why it is not online; absent when it is.")),
            .must("connectors", .integer("How many connectors publish it.")),
            .must("calls_in_flight", .integer("How many calls to it are under way.")),
            .may("model", .string("The model server's own name for the model.")),
            .may("aliases", .strings("Other names that callers may write for it.")),
            .may("owner", .string("The name of the user whose it is.")),
            .may("visible_to", .strings("«owner», or the names of groups; absent for everyone.")),
            .must("public", .boolean("Whether callers without a key see it in the list of models.")),
            .may("price", .record(PriceDocument.schema)), .may("limits", Common.limits),
        ]
    )
}

extension DeploymentDocument.PriceDocument: Described {
    static let schema = RecordSchema(
        "Price",
        "What tokens cost: credits for a million of them, as decimals.",
        [
            .may("input", .string("Of prompts.")),
            .may("cached_input", .string("Of prompts that were read from a cache; as much as «input» without it.")),
            .may("output", .string("Of answers.")),
        ]
    )
}

extension DeploymentDocument.Creation {
    static let schema = RecordSchema(
        "DeploymentCreation",
        "A deployment to be made.",
        [
            .must("name", .string("1 to 128 letters, digits and . _ - : / @ +, beginning with a letter or a digit.")),
            .may("description", .string("For people.", longest: 1_000)),
        ]
    )
}

extension DeploymentDocument.Change {
    static let schema = RecordSchema(
        "DeploymentChange",
        "What is to be another; what is absent stays.",
        [
            .may("enabled", .boolean("Whether calls to it are taken.")),
            .may("description", .string("For people.", longest: 1_000)),
            .may("aliases", .strings("Other names that callers may write for it; empty for none.")),
            .may("owner", .string("The id, name or e-mail address of a user; empty for nobody.")),
            .may("visible_to", .strings("«everyone», «owner», or ids and names of groups.")),
            .may("public", .boolean("Whether callers without a key see it in the list of models.")),
            .may("price", .record(DeploymentDocument.PriceDocument.schema)), .may("limits", Common.limits),
        ]
    )
}

extension UserDocument: Described {
    static let schema = RecordSchema(
        "User",
        "Somebody who has keys.",
        [
            .must("id", Common.id), .must("name", .string("What people call the user by.")),
            .may("email", .string("The e-mail address, which is also signed in with.")),
            .must("role", .string("What the user may do.", of: User.Role.allCases.map(\.rawValue))),
            .must("disabled", .boolean("Whether every call with a key of the user is refused, and signing in too.")),
            .must("created_at", Common.created),
            .must("has_password", .boolean("Whether the user can sign in.")),
            .may(
                "key_group",
                .string("The name of the group of keys that the user makes; absent when the user makes none.")
            ),
            .must("most_keys", .integer("How many keys the user may have when another one is made.")),
            .may("limits", Common.limits),
        ]
    )
}

extension UserDocument.Settings {
    static let schema = RecordSchema(
        "UserSettings",
        "A user to be made, which needs a name, or what is to be another; what is absent stays.",
        [
            .may("name", .string("What people call the user by.", longest: 100)),
            .may("email", .string("The e-mail address; empty for none.", longest: 254)),
            .may("role", .string("What the user may do.", of: User.Role.allCases.map(\.rawValue))),
            .may("disabled", .boolean("Whether every call with a key of the user is refused, and signing in too.")),
            .may("key_group", .string("The id or name of the group of keys that the user makes; empty for no keys.")),
            .may("most_keys", .integer("How many keys the user may have.", to: SelfService.largest)),
            .may("limits", Common.limits),
        ]
    )
}

extension GroupDocument: Described {
    private static let words = AllowedDialects.words.map(\.word)

    static let schema = RecordSchema(
        "Group",
        "What keys share.",
        [.must("id", Common.id), .must("name", .string("Its name.")), .must("created_at", Common.created)]
            + rules(isRequired: true)
    )

    /// What a group says its keys may do.
    fileprivate static func rules(isRequired: Bool) -> [RecordSchema.Member] {
        let rule = { RecordSchema.Member(name: $0, schema: $1, isRequired: isRequired) }
        return [
            .may("dialects", .strings("In what its keys may call; absent or empty for every one.", of: words)),
            .may("deployments", .strings("Names and patterns that its keys may use; absent or empty for every one.")),
            rule("streaming", .boolean("Whether streamed calls are taken.")),
            rule("billed", .boolean("Whether calls are paid for.")),
            rule("multiplier", .string("What prices are multiplied with, as a decimal.")),
            .may(
                "user_multipliers",
                .table(of: ["type": "string"], "What stands in its place for users; an empty one is taken away.")
            ),
            .may(
                "service_tiers",
                .table(of: ["type": "string"], "Factors by service tier; an empty one is taken away.")
            ),
            rule(
                "vanished_client",
                .string("What a client pays for that has left.", of: Group.VanishedClient.allCases.map(\.rawValue))
            ),
            rule(
                "missing_usage",
                .string("What an answer costs without its usage.", of: Group.MissingUsage.allCases.map(\.rawValue))
            ),
            .may("limits", Common.limits), .may("user_limits", Common.limits), .may("key_limits", Common.limits),
        ]
    }
}

extension GroupDocument.Settings {
    static let schema = RecordSchema(
        "GroupSettings",
        "A group to be made, which needs a name, or what is to be another; what is absent stays.",
        [.may("name", .string("Its name.", longest: 100))] + GroupDocument.rules(isRequired: false)
    )
}
