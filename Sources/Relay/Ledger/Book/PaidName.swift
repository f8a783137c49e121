package import Vocabulary

/// What a caller called a call that was paid for, so that sending it again is not paid for again.
///
/// One object, so that every entry without one has room for no more than a reference.
package final class PaidName: Sendable {
    /// For how long a name is known, in milliseconds.
    package static let life: Int64 = 86_400_000

    /// The id of the key that was called with: its names are its own.
    package let key: String
    /// A keyed hash of the name.
    package let name: [UInt8]
    /// A keyed hash of what was asked for, which tells requests apart.
    package let request: [UInt8]
    package let call: CallID
    /// Milliseconds since 1970.
    package let time: Int64

    package init(key: String, name: [UInt8], request: [UInt8], call: CallID, time: Int64) {
        self.key = key
        self.name = name
        self.request = request
        self.call = call
        self.time = time
    }
}
