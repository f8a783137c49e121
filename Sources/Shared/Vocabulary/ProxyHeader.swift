/// The header of the PROXY protocol, with which a proxy says whom it forwards (HAProxy's proxy-protocol.txt, versions 1 and 2), as a
/// pure value.
package enum ProxyHeader {
    /// What the bytes that have come so far are.
    package enum Verdict: Equatable, Sendable {
        /// A beginning; more must come.
        case incomplete
        /// A whole header.
        /// - Parameters:
        ///   - source: where the client is; `nil` when the proxy speaks for itself (`LOCAL`, a health check) or does not tell.
        ///   - length: of the header, in bytes.
        case whole(source: NetworkAddress?, length: Int)
        /// No such header, and why.
        case wrong(String)
    }

    /// The longest header that is taken, in bytes: addresses, and what proxies add behind them (version 2's TLVs).
    package static let longest = 4_096

    /// The twelve bytes that version 2 begins with; no other protocol does.
    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    private static let version1: [UInt8] = Array("PROXY".utf8)
    /// A line of version 1 has at most this many bytes, its end included (§2.1).
    private static let longestLine = 107

    /// Judges what has come; nothing is taken out of the buffer.
    package static func read(_ view: some RandomAccessCollection<UInt8>) -> Verdict {
        guard let first = view.first else { return .incomplete }
        if first == Self.signature[0] { return self.version2(view) }
        if first == Self.version1[0] { return self.version1(view) }
        return .wrong("a connection of a trusted proxy begins with no PROXY header")
    }

    private static func version2(_ view: some RandomAccessCollection<UInt8>) -> Verdict {
        guard view.prefix(12).elementsEqual(Self.signature.prefix(view.count)) else {
            return .wrong("the PROXY header's signature is broken")
        }
        guard view.count >= 16 else { return .incomplete }
        let header = Array(view.prefix(16))
        guard header[12] >> 4 == 2 else { return .wrong("the PROXY header's version is not 2") }
        let length = 16 + Int(header[14]) << 8 + Int(header[15])
        guard length <= Self.longest else { return .wrong("the PROXY header is longer than \(Self.longest) bytes") }
        guard header[12] & 0xF <= 1 else { return .wrong("the PROXY header's command is not known") }
        guard view.count >= length else { return .incomplete }
        // LOCAL: the addresses, if there are any, mean nothing.
        guard header[12] & 0xF == 1 else { return .whole(source: nil, length: length) }
        let addresses = view.dropFirst(16).prefix(length - 16)
        switch header[13] >> 4 {
        case 1:
            guard addresses.count >= 12 else { return .wrong("the PROXY header is too short for its addresses") }
            let bits = addresses.prefix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
            return .whole(source: NetworkAddress(v4: bits), length: length)
        case 2:
            guard addresses.count >= 36 else { return .wrong("the PROXY header is too short for its addresses") }
            let bits = addresses.prefix(16).reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
            return .whole(source: NetworkAddress(bits: bits), length: length)
        case 0, 3:
            return .whole(source: nil, length: length)
        default:
            return .wrong("the PROXY header's address family is not known")
        }
    }

    private static func version1(_ view: some RandomAccessCollection<UInt8>) -> Verdict {
        guard view.prefix(5).elementsEqual(Self.version1.prefix(view.count)) else {
            return .wrong("a connection of a trusted proxy begins with no PROXY header")
        }
        guard let end = view.prefix(Self.longestLine).firstIndex(of: 0x0A) else {
            return view.count < Self.longestLine ? .incomplete : .wrong("the PROXY header's line does not end")
        }
        let length = view.distance(from: view.startIndex, to: end) + 1
        guard length >= 2, view.dropFirst(length - 2).first == 0x0D else {
            return .wrong("the PROXY header's line does not end in CR LF")
        }
        let words = view.prefix(length - 2).split(separator: 0x20, omittingEmptySubsequences: false)
        let texts = words.map { String(decoding: $0, as: UTF8.self) }
        guard texts[0] == "PROXY", texts.count >= 2 else { return .wrong("the PROXY header's line is broken") }
        if texts[1] == "UNKNOWN" { return .whole(source: nil, length: length) }
        guard texts[1] == "TCP4" || texts[1] == "TCP6", texts.count == 6, UInt16(texts[4]) != nil,
            UInt16(texts[5]) != nil, let source = NetworkAddress(texts[2]), NetworkAddress(texts[3]) != nil,
            (texts[1] == "TCP4") == source.isVersion4
        else { return .wrong("the PROXY header's line is broken") }
        return .whole(source: source, length: length)
    }
}
