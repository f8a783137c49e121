internal import Vocabulary

/// What is asked of arguments before anything is changed.
extension Directory {
    /// Refuses a text that is too long, or that holds characters which would play with somebody's terminal.
    /// - Parameter limit: in Unicode scalars, as SQLite counts.
    static func check(_ text: String, named name: String, atMost limit: Int) throws(DirectoryError) {
        guard text.unicodeScalars.count <= limit else {
            throw DirectoryError(code: .invalid, message: "The \(name) is longer than \(limit) characters.")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw DirectoryError(
                code: .invalid,
                message: "The \(name) holds a control character: expected one line of text."
            )
        }
    }

    /// Nothing, or more than one thing, has the id that was given.
    static func cannotFind(_ id: String, among count: Int, kind: String, list: String) -> DirectoryError {
        DirectoryError(
            code: .notFound,
            message: count == 0
                ? "There is no \(kind) «\(id)». «\(list)» shows those that exist."
                : "«\(id)» is the beginning of \(count) \(kind)s: give more of it."
        )
    }
}

extension String {
    /// Whether a beginning of this id was given that says more than its prefix.
    func begins(with given: String, after prefix: String) -> Bool {
        given.utf8.count > prefix.utf8.count && self.hasPrefix(given)
    }
}

extension [DeploymentPattern] {
    /// The same patterns in their order, each once.
    var withoutRepetitions: Self {
        var seen: Set<DeploymentPattern> = []
        return self.filter { seen.insert($0).inserted }
    }
}
