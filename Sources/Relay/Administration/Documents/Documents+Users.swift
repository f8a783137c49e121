internal import Accounts
private import FoundationEssentials
internal import Hummingbird
internal import Vocabulary

extension UserDocument {
    /// - Parameter directory: knows the names of groups.
    init(_ user: User, in directory: Directory) {
        self.id = user.id.rawValue
        self.name = user.name
        self.email = user.email
        self.role = user.role.rawValue
        self.disabled = user.isDisabled
        self.createdAt = Date(timeIntervalSince1970: Double(user.created))
        self.hasPassword = user.password != nil
        self.keyGroup = user.selfService.group.map { directory.group(with: $0)?.name ?? $0.rawValue }
        self.mostKeys = user.selfService.mostKeys
        self.limits = LimitsDocument(user.limits)
    }
}

extension GroupDocument {
    /// - Parameter name: the name of a user.
    init(_ group: Group, name: (UserID) -> String) {
        self.id = group.id.rawValue
        self.name = group.name
        self.createdAt = Date(timeIntervalSince1970: Double(group.created))
        self.dialects = group.dialects == .every ? nil : group.dialects.words
        self.deployments = group.deployments.isEmpty ? nil : group.deployments.map(\.rawValue)
        self.streaming = group.allowsStreaming
        self.billed = group.isBilled
        self.multiplier = "\(group.multiplier)"
        let multipliers = group.userMultipliers.map { (name($0.key), "\($0.value)") }
        self.userMultipliers = multipliers.isEmpty ? nil : Dictionary(multipliers) { first, _ in first }
        self.serviceTiers = group.tierFactors.isEmpty ? nil : group.tierFactors.mapValues { "\($0)" }
        self.vanishedClient = group.vanishedClient.rawValue
        self.missingUsage = group.missingUsage.rawValue
        self.limits = LimitsDocument(group.limits)
        self.userLimits = LimitsDocument(group.userLimits)
        self.keyLimits = LimitsDocument(group.keyLimits)
    }
}

/// A change that a body asks for, understood before anything is changed.
typealias Alteration<Record> = @Sendable (inout Record) -> Void

extension UserDocument.Settings {
    /// - Parameter find: the group with an id or a name.
    func alteration(_ find: (String) throws -> GroupID) throws -> Alteration<User> {
        let group = try self.keyGroup.map { $0.isEmpty ? nil : try find($0) }
        let role = try Problem.choice(self.role, of: User.Role.self, named: "role")
        return { user in
            if let name = self.name { user.name = name }
            if let email = self.email { user.email = email.isEmpty ? nil : email }
            if let role { user.role = role }
            if let disabled = self.disabled { user.isDisabled = disabled }
            if let group { user.selfService.group = group }
            if let most = self.mostKeys { user.selfService.mostKeys = most }
            self.limits?.apply(to: &user.limits)
        }
    }
}

extension GroupDocument.Settings {
    /// - Parameter find: the user with an id, a name or an e-mail address.
    func alteration(_ find: (String) throws -> UserID) throws -> Alteration<Group> {
        let dialects = try self.dialects.map { words throws(Problem) in
            guard let dialects = AllowedDialects(words: words) else {
                let known = AllowedDialects.words.map(\.word).joined(separator: ", ")
                throw Problem(.badRequest, "A dialect is one of \(known).")
            }
            return dialects.isEmpty ? .every : dialects
        }
        let deployments = try self.deployments.map { try AdministrationService.patterns($0) }
        let multiplier = try self.multiplier.map { try Problem.factor($0) }
        var users: [UserID: Factor?] = [:]
        for (user, text) in self.userMultipliers ?? [:] {
            users.updateValue(text.isEmpty ? nil : try Problem.factor(text), forKey: try find(user))
        }
        var tiers: [String: Factor?] = [:]
        for (tier, text) in self.serviceTiers ?? [:] {
            tiers.updateValue(text.isEmpty ? nil : try Problem.factor(text), forKey: tier)
        }
        let vanished = try Problem.choice(self.vanishedClient, of: Group.VanishedClient.self, named: "vanished_client")
        let missing = try Problem.choice(self.missingUsage, of: Group.MissingUsage.self, named: "missing_usage")
        return { [users, tiers] group in
            if let name = self.name { group.name = name }
            if let dialects { group.dialects = dialects }
            if let deployments { group.deployments = deployments }
            if let streaming = self.streaming { group.allowsStreaming = streaming }
            if let billed = self.billed { group.isBilled = billed }
            if let multiplier { group.multiplier = multiplier }
            for (user, factor) in users { group.userMultipliers[user] = factor }
            for (tier, factor) in tiers { group.tierFactors[tier] = factor }
            if let vanished { group.vanishedClient = vanished }
            if let missing { group.missingUsage = missing }
            self.limits?.apply(to: &group.limits)
            self.userLimits?.apply(to: &group.userLimits)
            self.keyLimits?.apply(to: &group.keyLimits)
        }
    }
}

extension Problem {
    /// The value of an enumeration that a member names, if it is there.
    static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ word: String?,
        of type: Choice.Type,
        named member: String
    ) throws(Problem) -> Choice? {
        guard let word else { return nil }
        if let choice = Choice(rawValue: word) { return choice }
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw Problem(.badRequest, "\(member) is one of \(known).")
    }

    static func factor(_ text: String) throws(Problem) -> Factor {
        if let factor = Factor(text) { return factor }
        throw Problem(.badRequest, "\"\(text)\" is no factor: expected a decimal from 0 to 1000 such as 1.25.")
    }

    /// Credits for a million tokens, as micro-credits.
    static func price(_ text: String) throws(Problem) -> Int64 {
        if let price = Millionths.parse(text, atMost: 1_000_000) { return price }
        throw Problem(
            .badRequest,
            "\"\(text)\" is no price: expected credits for a million tokens such as 0.25, with six decimals at most."
        )
    }
}
