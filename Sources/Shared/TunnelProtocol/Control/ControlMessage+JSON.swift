private import FoundationEssentials
package import NIOCore

extension ControlMessage {
    /// What is wrong with a line of the control stream.
    package struct DecodingError: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    private struct Header: Codable {
        var type: String
    }

    private struct Leaving: Codable {
        var type: String
        var reason: String?
        var lastStream: UInt64?
        var returns: Bool?
    }

    private struct Cancelling: Codable {
        var type: String
        var calls: [CallStreamName]
    }

    /// A body with its type beside its own members.
    private struct Typed<Body: Codable>: Codable {
        var type: String
        var body: Body

        init(_ type: String, _ body: Body) {
            self.type = type
            self.body = body
        }

        init(from decoder: any Decoder) throws {
            self.type = try Header(from: decoder).type
            self.body = try Body(from: decoder)
        }

        func encode(to encoder: any Encoder) throws {
            try Header(type: self.type).encode(to: encoder)
            try self.body.encode(to: encoder)
        }
    }

    /// The message as one line, its end included.
    package func encode() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line: Data? =
            switch self {
            case .hello(let body): try? encoder.encode(Typed("hello", body))
            case .state(let body): try? encoder.encode(Typed("state", body))
            case .welcome(let body): try? encoder.encode(Typed("welcome", body))
            case .published(let body): try? encoder.encode(Typed("published", body))
            case .probe: try? encoder.encode(Header(type: "probe"))
            case .cancel(let calls): try? encoder.encode(Cancelling(type: "cancel", calls: calls))
            case .drain(let last): try? encoder.encode(Leaving(type: "drain", lastStream: last))
            case .goodbye(let reason, let last, let returns):
                try? encoder.encode(
                    Leaving(type: "goodbye", reason: reason, lastStream: last, returns: returns ? true : nil)
                )
            case .unknown(let type): try? encoder.encode(Header(type: type))
            }
        // Nothing of these types can fail to be encoded; an empty object would be refused by the peer in the open.
        return Array(line ?? Data("{}".utf8)) + [UInt8(ascii: "\n")]
    }

    /// Reads one line without its end.
    init(line: ByteBuffer) throws(DecodingError) {
        let data = Data(line.readableBytesView)
        let decoder = JSONDecoder()
        do {
            let type = try decoder.decode(Header.self, from: data).type
            switch type {
            case "hello": self = .hello(try decoder.decode(Hello.self, from: data))
            case "state": self = .state(try decoder.decode(State.self, from: data))
            case "welcome": self = .welcome(try decoder.decode(Welcome.self, from: data))
            case "published": self = .published(try decoder.decode(Published.self, from: data))
            case "probe": self = .probe
            case "cancel": self = .cancel(calls: try decoder.decode(Cancelling.self, from: data).calls)
            case "drain": self = .drain(lastStream: try decoder.decode(Leaving.self, from: data).lastStream)
            case "goodbye":
                let leaving = try decoder.decode(Leaving.self, from: data)
                self = .goodbye(
                    reason: leaving.reason ?? "",
                    lastStream: leaving.lastStream,
                    returns: leaving.returns ?? false
                )
            default: self = .unknown(type: type)
            }
        } catch {
            throw DecodingError(description: "a line of the control stream is not a message: \(error)")
        }
    }

    /// Cuts the control stream into messages.
    package struct LineDecoder {
        /// The longest line, in bytes.
        package static let longestLine = 1 << 20

        private var rest = ByteBuffer()

        package init() {}

        /// Takes bytes, answers the messages that are complete. Empty lines are passed over.
        package mutating func receive(_ bytes: ByteBuffer) throws(DecodingError) -> [ControlMessage] {
            // What waits holds no end of a line: a long one in many pieces is looked through once.
            var searched = self.rest.readableBytes
            self.rest.writeImmutableBuffer(bytes)
            var messages: [ControlMessage] = []
            while let end = self.rest.readableBytesView.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
                searched = 0
                guard var line = self.rest.readSlice(length: end - self.rest.readerIndex + 1) else { break }
                line.moveWriterIndex(to: line.writerIndex - 1)
                try Self.check(length: line.readableBytes)
                if line.readableBytes > 0 { messages.append(try ControlMessage(line: line)) }
            }
            try Self.check(length: self.rest.readableBytes)
            self.rest.discardReadBytes()
            return messages
        }

        private static func check(length: Int) throws(DecodingError) {
            guard length <= Self.longestLine else {
                throw DecodingError(description: "a line of the control stream is longer than 1 MiB")
            }
        }
    }
}
