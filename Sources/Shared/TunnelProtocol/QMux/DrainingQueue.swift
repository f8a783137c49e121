/// A queue that is emptied again and again, as events are after each read: its memory is kept, its elements are moved.
struct DrainingQueue<Element> {
    private var elements: [Element?] = []
    /// Elements before it are gone.
    private var start = 0

    /// So many gone elements are borne before the rest moves up, should the queue never become empty.
    private static var bearable: Int { 256 }

    var isEmpty: Bool { self.elements.isEmpty }

    mutating func append(_ element: Element) {
        self.elements.append(element)
    }

    mutating func popFirst() -> Element? {
        guard self.start < self.elements.count else { return nil }
        let element = self.elements[self.start].take()
        self.start += 1
        if self.start == self.elements.count {
            self.elements.removeAll(keepingCapacity: self.start <= Self.bearable)
            self.start = 0
        } else if self.start >= Self.bearable, self.start >= self.elements.count / 2 {
            self.elements.removeFirst(self.start)
            self.start = 0
        }
        return element
    }
}
