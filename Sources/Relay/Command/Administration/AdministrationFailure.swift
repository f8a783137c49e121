/// Why a command was not carried out: one sentence for people.
struct AdministrationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, with which thing, and what to do.
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
