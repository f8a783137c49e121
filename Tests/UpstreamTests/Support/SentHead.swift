import NIOCore

@testable import Upstream

/// The head of a request, read back from its bytes.
struct SentHead: Equatable {
    var method = ""
    var uri = ""
    var lines: [(name: String, value: String)] = []

    init(_ head: UpstreamRequestHead) {
        let text = String(buffer: head.bytes)
        precondition(text.hasSuffix("\r\n\r\n"), "a head ends with an empty line")
        // Swift counts CR LF as one character.
        var lines = text.dropLast(2).split(separator: "\r\n", omittingEmptySubsequences: false)
        let first = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
        precondition(first.count == 3 && first[2] == "HTTP/1.1", "a request line has three words")
        (self.method, self.uri) = (String(first[0]), String(first[1]))
        for line in lines {
            let parts = line.split(separator: ": ", maxSplits: 1, omittingEmptySubsequences: false)
            precondition(parts.count == 2, "a field has a name and a value")
            self.lines.append((String(parts[0]), String(parts[1])))
        }
    }

    /// The values of a field.
    subscript(name: String) -> [String] { self.lines.filter { $0.name == name }.map(\.value) }

    static func == (left: Self, right: Self) -> Bool {
        left.method == right.method && left.uri == right.uri && left.lines.elementsEqual(right.lines, by: ==)
    }
}
