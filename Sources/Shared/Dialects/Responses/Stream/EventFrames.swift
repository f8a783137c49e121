package import NIOCore

/// How the events of a response follow each other.
package enum ResponsesFraming: Hashable, Sendable {
    /// As server-sent events, each with its name.
    case serverSentEvents
    /// As JSON texts, each followed by a line feed that is no part of it; for WebSocket messages. The lane is the
    /// `stream_id` that every event repeats.
    case messages(lane: String?)
}

/// Writes the beginning and the end of events, and counts them.
struct EventFrames: Sendable {
    let isMessages: Bool
    let lane: String?
    /// `,"stream_id":"…"` or nothing.
    private let laneMember: ByteBuffer
    /// The number of the next event; the first one of all is 0.
    private(set) var sequence: Int

    init(_ framing: ResponsesFraming, from sequence: Int = 0) {
        self.sequence = sequence
        var member = ByteBuffer()
        switch framing {
        case .serverSentEvents:
            self.isMessages = false
            self.lane = nil
        case .messages(let lane):
            self.isMessages = true
            self.lane = lane
            if let lane {
                member.writeStaticString(",\"stream_id\":")
                member.writeJSONString(lane)
            }
        }
        self.laneMember = member
    }

    /// Begins an event; what follows are members, each after a comma.
    mutating func begin(_ type: StaticString, into bytes: inout ByteBuffer) {
        if !self.isMessages {
            bytes.writeStaticString("event: ")
            bytes.writeStaticString(type)
            bytes.writeStaticString("\ndata: ")
        }
        bytes.writeStaticString("{\"type\":\"")
        bytes.writeStaticString(type)
        bytes.writeStaticString("\",\"sequence_number\":")
        bytes.writeString(String(self.sequence))
        self.sequence += 1
        if self.lane != nil { bytes.writeImmutableBuffer(self.laneMember) }
    }

    /// Prepares the deltas of one place.
    /// - Parameters:
    ///   - place: the members that say where they belong.
    ///   - rest: the members behind the delta, each after a comma.
    func delta(_ type: StaticString, place: ByteBuffer, rest: StaticString = "") -> DeltaFrame {
        var frame = DeltaFrame()
        var counted = self
        counted.begin(type, into: &frame.head)
        // The number stands where the lane, if there is one, begins.
        let behind = (self.lane == nil ? 0 : self.laneMember.readableBytes) + String(self.sequence).utf8.count
        frame.head.moveWriterIndex(to: frame.head.writerIndex - behind)
        frame.middle.writeImmutableBuffer(self.laneMember)
        frame.middle.writeImmutableBuffer(place)
        frame.middle.writeStaticString(",\"delta\":\"")
        frame.tail.writeStaticString("\"")
        frame.tail.writeStaticString(rest)
        self.end(into: &frame.tail)
        return frame
    }

    /// Writes a whole delta.
    mutating func write(_ text: EscapedText, in frame: DeltaFrame, into bytes: inout ByteBuffer) {
        bytes.writeImmutableBuffer(frame.head)
        bytes.writeString(String(self.sequence))
        self.sequence += 1
        bytes.writeImmutableBuffer(frame.middle)
        bytes.writeImmutableBuffer(text.bytes)
        bytes.writeImmutableBuffer(frame.tail)
    }

    func end(into bytes: inout ByteBuffer) {
        bytes.writeStaticString("}\n")
        if !self.isMessages { bytes.writeStaticString("\n") }
    }
}

/// The deltas of one place but for what differs: between `head` and `middle` stands the number, between `middle` and
/// `tail` the text. Deltas are nearly all that a stream writes.
struct DeltaFrame: Sendable {
    var head = ByteBuffer()
    var middle = ByteBuffer()
    var tail = ByteBuffer()
}

extension Responses {
    /// Takes the messages out of what a stream with ``ResponsesFraming/messages(lane:)`` wrote, each without its line
    /// feed.
    package static func messages(in bytes: ByteBuffer) -> [ByteBuffer] {
        var messages: [ByteBuffer] = []
        var rest = bytes
        while let end = rest.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            if let message = rest.readSlice(length: end - rest.readerIndex) { messages.append(message) }
            rest.moveReaderIndex(forwardBy: 1)
        }
        return messages
    }
}
