internal import FoundationEssentials

/// What a relay tells the one that takes its place, before its sockets go over.
///
/// On the wire: 16 bytes, `adit` and the length of what follows in eleven digits and a line feed, with the descriptors; then JSON.
struct HandoverFacts: Codable, Sendable {
    struct Address: Codable, Sendable {
        var host: String
        var port: Int
    }

    /// Of the descriptors, in their order.
    var listening: [Address]
    /// The deployments that calls can be made for now.
    var deployments: [String]
    /// Whether calls are paid for or count against quotas: then two relays must not keep those books at a time.
    var keepsBooks: Bool
    /// Whether the lock of the data directory comes behind the listening sockets; a relay from before there was one says nothing.
    var givesLock: Bool?
    /// Its process.
    var process: Int32

    static let headerLength = 16
    /// In bytes; a relay with so many deployments would have other troubles.
    private static let longest = 64 << 20

    func written() throws -> (header: [UInt8], body: [UInt8]) {
        let body = try JSONEncoder().encode(self)
        let digits = String(body.count)
        let header = "adit" + String(repeating: "0", count: 11 - digits.count) + digits + "\n"
        return (Array(header.utf8), Array(body))
    }

    /// How long the JSON behind a header is; `nil` when it is none.
    static func length(_ header: [UInt8]) -> Int? {
        let text = String(decoding: header, as: UTF8.self)
        guard text.hasPrefix("adit"), text.hasSuffix("\n"), let length = Int(text.dropFirst(4).dropLast()) else {
            return nil
        }
        return (2...Self.longest).contains(length) ? length : nil
    }
}

/// What two relays say to each other on the Unix socket through which one gives its place to the other.
enum HandoverWord {
    static let ask = "place?\n"
    static let leave = "leave\n"
    /// The answer to that: nothing more is accepted.
    static let left = "left\n"
}
