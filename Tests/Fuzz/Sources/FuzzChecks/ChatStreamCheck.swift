import Dialects
import NIOCore
import Vocabulary

/// The filter of streamed answers: cuts change nothing, and what comes out is a stream that SDKs bear.
package enum ChatStreamCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        let pieces = Pieces(input)
        for keepsUsage in [false, true] {
            let whole = Passage([pieces.whole], keepsUsage: keepsUsage)
            let cut = Passage(pieces.cut, keepsUsage: keepsUsage)
            try promise(whole == cut, "cuts change the stream: \(whole) and \(cut)")
            try self.inspect(whole, input)
        }
    }

    private static let model = "public"
    private static let done = Array("[DONE]".utf8)

    /// One way through the filter, driven as the gateway does it.
    private struct Passage: Equatable, CustomStringConvertible {
        var output: [UInt8] = []
        var ending: ChatStream.Ending
        var usage: Usage?

        init(_ pieces: [ByteBuffer], keepsUsage: Bool) {
            var stream = ChatStream(publicModel: ChatStreamCheck.model, keepsUsage: keepsUsage)
            for piece in pieces {
                if let bytes = stream.receive(piece) { self.output += bytes.readableBytesView }
            }
            self.ending = stream.finish()
            if case .complete(let rest?) = self.ending {
                self.output += rest.readableBytesView
                self.ending = .complete(nil)
            }
            self.usage = stream.usage
        }

        var description: String { "«\(String(decoding: self.output, as: UTF8.self))» (\(self.ending))" }
    }

    private static func inspect(_ passage: Passage, _ input: [UInt8]) throws {
        let output = EventReader(passage.output)
        try promise(output.rest.isEmpty, "the stream ends inside an event: \(passage)")
        for line in output.events.joined() {
            let isPlain = line.first == UInt8(ascii: ":") || EventReader.value(of: "data", in: line) != nil
            try promise(isPlain, "a foreign line passes: \(passage)")
        }
        let said = output.events.compactMap(EventReader.data)
        let tellsError = said.contains { String(decoding: $0, as: UTF8.self).contains("\"error\"") }
        switch passage.ending {
        case .complete:
            try promise(said.last == self.done || tellsError, "the stream is complete without [DONE]: \(passage)")
        case .failed:
            try promise(tellsError, "the stream failed without an error: \(passage)")
        case .truncated:
            try promise(!said.contains(self.done), "the stream is truncated behind [DONE]: \(passage)")
        }
        if self.isProper(EventReader(input)) { try self.inspectChunks(said, passage) }
    }

    /// Whether everything that the upstream said is JSON.
    private static func isProper(_ stream: EventReader) -> Bool {
        (stream.events + [stream.rest]).allSatisfy { event in
            let errors = event.compactMap { EventReader.value(of: "error", in: $0) }
            guard errors.allSatisfy({ JSONOracle.value($0) != nil }) else { return false }
            guard let data = EventReader.data(event) else { return true }
            return data == self.done || JSONOracle.object(data) != nil
        }
    }

    private static func inspectChunks(_ said: [[UInt8]], _ passage: Passage) throws {
        for data in said where data != self.done {
            guard let chunk = JSONOracle.object(data) else {
                throw BrokenPromise("a chunk is no JSON any more: \(passage)")
            }
            // A name that is spelled with escapes, or said twice, is the upstream's own affair.
            let text = String(decoding: data, as: UTF8.self)
            guard !text.contains("\\"), text.ranges(of: "\"model\"").count < 2 else { continue }
            let model = chunk["model"] as? String
            try promise(model == nil || model == self.model, "the upstream's own name passes: \(passage)")
        }
    }
}
