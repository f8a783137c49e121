/// Somebody who has keys.
package struct User: Hashable, Sendable {
    package var id: UserID
    package var name: String
    package var created: Int

    package init(id: UserID, name: String, created: Int) {
        self.id = id
        self.name = name
        self.created = created
    }
}

/// What keys share.
package struct Group: Hashable, Sendable {
    package var id: GroupID
    package var name: String
    package var created: Int

    package init(id: GroupID, name: String, created: Int) {
        self.id = id
        self.name = name
        self.created = created
    }
}
