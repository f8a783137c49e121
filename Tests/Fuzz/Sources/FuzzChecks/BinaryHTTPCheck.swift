import NIOCore
import TunnelProtocol

/// The decoder of HTTP messages: cuts change nothing, and what was read can be written and read again.
package enum BinaryHTTPCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        let pieces = Pieces(input)
        for kind in [BinaryHTTP.Decoder.Kind.request, .response] {
            let whole = try Message([pieces.whole], kind)
            let cut = try Message(pieces.cut, kind)
            try promise(whole == cut, "cuts change the message: \(whole) and \(cut)")
            guard !whole.isBroken, !whole.heads.isEmpty else { continue }
            try promise(whole.trailers != nil, "the message has no end")
            let again = try Message([whole.written], kind)
            try promise(again == whole.withoutInformation, "a message changes on its way: \(whole) and \(again)")
        }
    }

    /// What became of a message.
    private struct Message: Equatable {
        var heads: [BinaryHTTP.Part] = []
        var content: [UInt8] = []
        var trailers: [BinaryHTTP.Field]?
        var isBroken = false

        init(_ pieces: [ByteBuffer], _ kind: BinaryHTTP.Decoder.Kind) throws {
            var decoder = BinaryHTTP.Decoder(kind)
            do {
                for piece in pieces {
                    decoder.receive(piece)
                    while let part = try decoder.next() { try self.take(part) }
                }
                if let part = try decoder.finish() { try self.take(part) }
                try promise(try decoder.finish() == nil, "the end is told twice")
            } catch let error as BrokenPromise {
                throw error
            } catch {
                self.isBroken = true
            }
        }

        private mutating func take(_ part: BinaryHTTP.Part) throws {
            try promise(self.trailers == nil, "a part follows the end")
            switch part {
            case .requestHead, .responseHead:
                try promise(self.content.isEmpty, "a head follows content")
                self.heads.append(part)
            case .content(let bytes):
                try promise(bytes.readableBytes > 0, "a piece of content is empty")
                self.content += bytes.readableBytesView
            case .end(let trailers):
                self.trailers = trailers
            }
        }

        /// Informational heads are never written by Adit.
        var withoutInformation: Message {
            var message = self
            message.heads = Array(self.heads.suffix(1))
            return message
        }

        var written: ByteBuffer {
            var bytes = ByteBuffer()
            switch self.heads.last {
            case .requestHead(let head): BinaryHTTP.write(head, to: &bytes)
            case .responseHead(let head): BinaryHTTP.write(head, to: &bytes)
            case .content, .end, nil: break
            }
            BinaryHTTP.write(content: ByteBuffer(bytes: self.content), to: &bytes)
            BinaryHTTP.writeEnd(trailers: self.trailers ?? [], to: &bytes)
            return bytes
        }
    }
}
