/// What a path under `/v1`, `/v1beta` or `/v1alpha` asks for in Gemini's API.
///
/// The model stands raw in the path, and may itself hold `/` and `:`; only a method that exists, behind the last colon, is
/// cut off. The paths of Vertex AI (`/v1/projects/…/models/{model}:{method}`,
/// also under `/v1beta1`) are read too.
package enum GeminiPath: Hashable, Sendable {
    /// The list of models.
    case models
    /// One model, or a method of it that does not exist.
    case model(String)
    case call(Method, model: String)

    /// What can be asked of a model.
    package enum Method: String, Hashable, Sendable, CaseIterable {
        case generateContent
        case streamGenerateContent
        case countTokens
        case embedContent
        case batchEmbedContents
    }

    /// Answers `nil` when the path is none of Gemini's.
    /// - Parameter path: a path without its query, percent-encoded or not.
    package init?(_ path: some StringProtocol) {
        guard let path = Self.percentDecoded(path) else { return nil }
        guard let rest = Self.afterModels(path[...]) else { return nil }
        guard !rest.isEmpty else {
            self = .models
            return
        }
        guard let colon = rest.lastIndex(of: ":"), colon > rest.startIndex,
            let method = Method(rawValue: String(rest[rest.index(after: colon)...]))
        else {
            self = .model(String(rest))
            return
        }
        self = .call(method, model: String(rest[..<colon]))
    }

    /// What follows `{prefix}/models/`; empty for the list itself.
    private static func afterModels(_ path: Substring) -> Substring? {
        guard let prefix = ["/v1beta/", "/v1alpha/", "/v1/", "/v1beta1/"].first(where: { path.hasPrefix($0) }) else {
            return nil
        }
        var rest = path.dropFirst(prefix.count)
        if rest.hasPrefix("projects/") || rest.hasPrefix("publishers/") {
            if rest.hasSuffix("/models") { return "" }
            guard let models = rest.firstRange(of: "/models/") else { return nil }
            return rest[models.upperBound...]
        }
        guard rest.hasPrefix("models") else { return nil }
        rest = rest.dropFirst("models".count)
        guard let slash = rest.first else { return rest }
        return slash == "/" ? rest.dropFirst() : nil
    }

    /// `nil` when an escape is none or the bytes are not UTF-8.
    static func percentDecoded(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(Self.hexDigit), let low = rest.next().flatMap(Self.hexDigit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}
