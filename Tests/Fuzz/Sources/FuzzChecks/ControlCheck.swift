import NIOCore
import TunnelProtocol

/// The control stream: cuts change nothing, and what was read can be written and read again.
package enum ControlCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        let pieces = Pieces(input)
        let whole = self.decode([pieces.whole])
        let cut = self.decode(pieces.cut)
        try promise((whole == nil) == (cut == nil), "cuts decide whether a line is a message")
        guard let messages = whole else { return }
        try promise(messages == cut, "cuts change the messages")
        for message in messages {
            let line = message.encode()
            try promise(line.last == 0x0A && line.count { $0 == 0x0A } == 1, "a message is not one line: \(message)")
            try promise(self.decode([ByteBuffer(bytes: line)]) == [message], "a message changes on its way: \(message)")
        }
    }

    /// The messages; `nil` when a line is none.
    private static func decode(_ pieces: [ByteBuffer]) -> [ControlMessage]? {
        var decoder = ControlMessage.LineDecoder()
        var messages: [ControlMessage] = []
        for piece in pieces {
            guard let more = try? decoder.receive(piece) else { return nil }
            messages += more
        }
        return messages
    }
}
