import Foundation

/// What Foundation says of a JSON text: another reader of the same grammar.
enum JSONOracle {
    /// The text as a value; `nil` when Foundation does not take it.
    static func value(_ text: some Collection<UInt8>) -> Any? {
        // Foundation would guess UTF-16 from a zero byte, which no JSON text in UTF-8 has.
        guard !text.contains(0) else { return nil }
        return try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
    }

    static func object(_ text: some Collection<UInt8>) -> [String: Any]? {
        self.value(text) as? [String: Any]
    }

    /// Whether Foundation may refuse a text that the grammar allows: halves of surrogate pairs, and numbers that no
    /// `Double` holds.
    static func mayRefuse(_ text: [UInt8]) -> Bool {
        let text = String(decoding: text, as: UTF8.self).lowercased()
        return text.contains("\\ud") || text.contains(/[0-9]e|[0-9]{15}/)
    }

    static func areEqual(_ one: [String: Any], _ other: [String: Any]) -> Bool {
        NSDictionary(dictionary: one) == NSDictionary(dictionary: other)
    }
}
