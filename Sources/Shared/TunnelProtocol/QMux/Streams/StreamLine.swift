/// A line of streams that wait for something, first come, first served.
///
/// The line runs through the streams themselves: joining, leaving from anywhere and being first cost the same however
/// many streams there are, and nothing is allocated. A stream stands in one line at most.
struct StreamLine {
    private var first = Self.nobody
    private var last = Self.nobody

    /// Where a stream stands.
    struct Place {
        fileprivate var previous = StreamLine.nobody
        fileprivate var next = StreamLine.nobody
        var line = Name.none
    }

    /// Which line a stream stands in.
    enum Name: UInt8 {
        case none
        /// It can send now.
        case ready
        /// It could if the connection's credit allowed it.
        case stalled
    }

    fileprivate static let nobody = -1

    var isEmpty: Bool { self.first == Self.nobody }

    mutating func append(_ slot: Int, as name: Name, in streams: inout [StreamState]) {
        streams[slot].place = Place(previous: self.last, next: Self.nobody, line: name)
        if self.last == Self.nobody { self.first = slot } else { streams[self.last].place.next = slot }
        self.last = slot
    }

    mutating func prepend(_ slot: Int, as name: Name, in streams: inout [StreamState]) {
        streams[slot].place = Place(previous: Self.nobody, next: self.first, line: name)
        if self.first == Self.nobody { self.last = slot } else { streams[self.first].place.previous = slot }
        self.first = slot
    }

    mutating func popFirst(in streams: inout [StreamState]) -> Int? {
        guard self.first != Self.nobody else { return nil }
        let slot = self.first
        self.remove(slot, in: &streams)
        return slot
    }

    /// Takes a stream out, which must stand in this line.
    mutating func remove(_ slot: Int, in streams: inout [StreamState]) {
        let place = streams[slot].place
        streams[slot].place = Place()
        if place.previous == Self.nobody {
            self.first = place.next
        } else {
            streams[place.previous].place.next = place.next
        }
        if place.next == Self.nobody {
            self.last = place.previous
        } else {
            streams[place.next].place.previous = place.previous
        }
    }

    mutating func removeAll() {
        self = StreamLine()
    }
}
