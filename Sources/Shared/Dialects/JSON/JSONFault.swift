/// What is wrong with a JSON text, and where.
package struct JSONFault: Error, Hashable, Sendable {
    /// The offset of the byte at fault.
    package var offset: Int
    /// What was found or missed there.
    package var reason: String
    /// It is JSON, but not all read it alike.
    package var isAmbiguous = false

    /// A sentence for whoever sent the text.
    package var message: String {
        "The body is \(self.isAmbiguous ? "ambiguous" : "not valid JSON"): \(self.reason) at byte \(self.offset)."
    }
}
