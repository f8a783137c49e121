/// Why the directory did not do what it was asked for.
package struct DirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The thing does not exist.
        case notFound
        /// There is such a thing already, or the change does not fit its state.
        case conflict
        /// What was asked for cannot be.
        case invalid
        /// The store could not keep it.
        case storage
    }

    package var code: Code
    /// Which thing, and what to do.
    package var message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
