import Vocabulary

/// How the names of models and of deployments are compared and made from each other.
package enum ModelName {
    /// Whether a request for one id reaches the other: Ollama takes a name without its tag for `latest`.
    package static func isSame(_ one: String, _ other: String) -> Bool {
        one == other || one + ":latest" == other || one == other + ":latest"
    }

    /// What remains of an id when two spellings of one model are to look the same: without organisation, `:latest`,
    /// `.gguf` and case, and every run of other characters than letters and digits as one `-`.
    static func slug(_ id: String) -> String {
        var name = id.lowercased()
        if name.hasSuffix(":latest") { name.removeLast(7) }
        if name.hasSuffix(".gguf") { name.removeLast(5) }
        var slug = ""
        for character in name.split(separator: "/").last ?? "" {
            if character.isASCII, character.isLetter || character.isNumber {
                slug.append(character)
            } else if !slug.isEmpty, slug.last != "-" {
                slug.append("-")
            }
        }
        while slug.hasSuffix("-") { slug.removeLast() }
        return slug
    }

    /// An id as a deployment's name: characters that no name has become `-`.
    static func deployment(_ id: String) -> DeploymentName? {
        var bytes: [UInt8] = []
        for scalar in id.unicodeScalars {
            let byte = scalar.isASCII ? UInt8(truncatingIfNeeded: scalar.value) : 0
            bytes.append(DeploymentName.isAllowed(byte) ? byte : UInt8(ascii: "-"))
        }
        // A name begins with a letter or a digit and has at most 128 characters.
        let text = String(decoding: bytes, as: UTF8.self).drop { DeploymentName(String($0)) == nil }
        return DeploymentName(text.prefix(128))
    }

    /// A name that is not taken: with `-2`, `-3` and so on behind it when it is.
    static func free(_ name: DeploymentName, among taken: Set<DeploymentName>) -> DeploymentName {
        var candidate = name
        var number = 2
        while taken.contains(candidate) {
            let suffix = "-\(number)"
            guard let next = DeploymentName(name.rawValue.prefix(128 - suffix.utf8.count) + suffix) else { break }
            candidate = next
            number += 1
        }
        return candidate
    }
}
