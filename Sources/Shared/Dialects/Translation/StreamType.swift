/// What a streamed answer is made of.
package enum StreamType: Hashable, Sendable {
    /// Server-sent events.
    case events
    /// One JSON array that grows.
    case json
}
