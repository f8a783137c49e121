/// A stream of server-sent events read the plain way (WHATWG HTML §9.2.6), to compare with.
struct EventReader {
    /// Lines of every event, without their ends; an event of no line is a blank line alone.
    private(set) var events: [[ArraySlice<UInt8>]] = []
    /// Lines behind the last blank line.
    private(set) var rest: [ArraySlice<UInt8>] = []

    init(_ bytes: [UInt8]) {
        var start = bytes.starts(with: "\u{FEFF}".utf8) ? 3 : 0
        var index = start
        while index < bytes.count {
            guard bytes[index] == 0x0A || bytes[index] == 0x0D else {
                index += 1
                continue
            }
            let line = bytes[start..<index]
            index += bytes[index] == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
            start = index
            if line.isEmpty {
                self.events.append(self.rest)
                self.rest = []
            } else {
                self.rest.append(line)
            }
        }
        if start < bytes.count { self.rest.append(bytes[start...]) }
    }

    /// What an event says: its lines of data, with line ends between them; `nil` when it has none.
    static func data(_ event: [ArraySlice<UInt8>]) -> [UInt8]? {
        let values = event.compactMap { self.value(of: "data", in: $0) }
        return values.isEmpty ? nil : Array(values.joined(separator: [0x0A]))
    }

    /// The value of a line that is a field of this name.
    static func value(of name: String, in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.starts(with: name.utf8) else { return nil }
        let rest = line.dropFirst(name.utf8.count)
        guard let colon = rest.first else { return rest }
        guard colon == UInt8(ascii: ":") else { return nil }
        let value = rest.dropFirst()
        return value.first == 0x20 ? value.dropFirst() : value
    }
}
