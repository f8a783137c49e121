/// What a user may do about keys of their own.
package struct SelfService: Hashable, Sendable {
    /// The group of every key that the user makes; without one the user makes none.
    package var group: GroupID?
    /// How many keys the user may have when another one is made.
    package var mostKeys: Int

    package init(group: GroupID? = nil, mostKeys: Int = 10) {
        self.group = group
        self.mostKeys = mostKeys
    }

    /// The largest ``mostKeys``.
    package static let largest = 1_000
}
