/// One stream that a relay opened for a call: what can go on elsewhere is known by the stream that the request was sent on.
package struct CallStreamName: Hashable, Sendable, Codable {
    /// The call's id.
    package var call: String
    /// Which of the streams that the relay opened for the call it is, from 1; never used twice.
    package var stream: Int

    package init(call: String, stream: Int) {
        self.call = call
        self.stream = stream
    }

    /// How long the id of a call may be, in bytes: a connector remembers it for minutes after the call has ended.
    package static let lengths = 1...128

    /// Whether the id is one that a relay may give.
    package var isPossible: Bool { Self.lengths.contains(self.call.utf8.count) }
}
