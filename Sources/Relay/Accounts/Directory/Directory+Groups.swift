internal import Vocabulary

extension Directory {
    private static let groupIDPrefix = "grp_"

    /// Makes a group, which has no keys yet.
    package func createGroup(
        name: String,
        _ settle: @Sendable (inout Group) -> Void = { _ in }
    ) async throws(DirectoryError) -> Group {
        var group = Group(
            id: GroupID(rawValue: self.secrets.id(prefix: Self.groupIDPrefix)),
            name: name,
            created: self.now()
        )
        settle(&group)
        let made = group
        return try await self.writer.change(self) { tables throws(DirectoryError) in
            try Self.check(made, in: tables)
            return .init(result: made, store: { try await $0.insert(made) }, show: { $0.put(made) })
        }
    }

    /// Changes a group: what it says holds for calls from now on.
    /// - Parameter reference: the id or the name.
    package func changeGroup(
        _ reference: String,
        _ change: @Sendable (inout Group) -> Void
    ) async throws(DirectoryError) -> Group {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            let old = try Self.find(group: reference, in: tables)
            var group = old
            change(&group)
            guard group != old else { return .init(result: old) }
            try Self.check(group, in: tables)
            let changed = group
            return .init(result: changed, store: { try await $0.update(changed) }, show: { $0.put(changed) })
        }
    }

    /// Deletes a group that has no keys.
    /// - Parameter reference: the id or the name.
    package func deleteGroup(_ reference: String) async throws(DirectoryError) -> GroupID {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            let group = try Self.find(group: reference, in: tables)
            guard group.id != .first else {
                throw DirectoryError(code: .conflict, message: "The default group cannot be deleted.")
            }
            let keys = tables.keys.values.filter { $0.key.group == group.id }.count
            guard keys == 0 else {
                throw DirectoryError(
                    code: .conflict,
                    message: "The group «\(group.name)» has \(keys) keys: delete them first, or put them in another."
                )
            }
            if let deployment = tables.deployments.values.map(\.deployment).first(where: { $0.isFor(group.id) }) {
                throw DirectoryError(
                    code: .conflict,
                    message: "The deployment «\(deployment.name)» is for the group «\(group.name)»: change that first."
                )
            }
            if let user = tables.users.values.first(where: { $0.selfService.group == group.id }) {
                throw DirectoryError(
                    code: .conflict,
                    message: "The user «\(user.name)» makes keys in the group «\(group.name)»: change that first."
                )
            }
            return .init(
                result: group.id,
                store: { try await $0.delete(group.id) },
                show: { $0.remove(group.id) }
            )
        }
    }

    /// The group with an id or a name.
    package func group(_ reference: String) throws(DirectoryError) -> Group {
        try Self.find(group: reference, in: self.snapshot.tables)
    }

    /// Changes what limits all calls to the relay together.
    package func setRelayLimits(_ limits: Limits) async throws(DirectoryError) -> Limits {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            try Self.check(limits)
            return .init(
                result: limits,
                store: { try await $0.update(relayLimits: limits) },
                show: { $0.relayLimits = limits }
            )
        }
    }

    static func find(group reference: String, in tables: Snapshot.Tables) throws(DirectoryError) -> Group {
        if let entry = tables.groups[GroupID(rawValue: reference)] { return entry.group }
        guard let group = tables.groups.values.map(\.group).first(where: { $0.name == reference }) else {
            throw DirectoryError(
                code: .notFound,
                message: "There is no group «\(reference)». «adit-relay group list» shows those that exist."
            )
        }
        return group
    }

    private static func check(_ group: Group, in tables: Snapshot.Tables) throws(DirectoryError) {
        try Self.check(name: group.name, of: "group")
        for limits in [group.limits, group.userLimits, group.keyLimits] { try Self.check(limits) }
        guard !group.dialects.isEmpty else {
            throw DirectoryError(code: .invalid, message: "A group without a dialect could call nothing.")
        }
        for user in group.userMultipliers.keys { _ = try Self.find(user: user.rawValue, in: tables) }
        for tier in group.tierFactors.keys {
            try Self.check(tier, named: "service tier", atMost: 40)
        }
        guard group.tierFactors.count <= 16 else {
            throw DirectoryError(code: .invalid, message: "A group may have factors for 16 service tiers.")
        }
        for other in tables.groups.values.map(\.group) where other.id != group.id {
            guard other.name != group.name, other.id.rawValue != group.name else {
                throw DirectoryError(code: .conflict, message: "There is a group «\(group.name)» already.")
            }
        }
    }
}

extension Deployment {
    /// Whether the group is named among those that it exists for.
    fileprivate func isFor(_ group: GroupID) -> Bool {
        if case .groups(let groups) = self.audience { groups.contains(group) } else { false }
    }
}
