/// An error whose text is for people: printed as it is, exit status 1.
package struct Complaint: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, with which thing, and what to do.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
