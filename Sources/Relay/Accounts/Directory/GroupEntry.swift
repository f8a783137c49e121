/// A group as calls ask for it: one reference, however much the group holds.
package final class GroupEntry: Sendable {
    package let group: Group
    let models: NameSet

    init(_ group: Group) {
        self.group = group
        self.models = NameSet(group.deployments)
    }
}
