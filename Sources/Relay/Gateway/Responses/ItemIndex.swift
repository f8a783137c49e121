/// Which responses have the items whose own ids do not tell it, as a pure value.
///
/// Callers send items back with the next request, so that most are of several responses: an item is known as long as one of them is
/// there, and to those who may read that one.
struct ItemIndex<Owner: Hashable & Sendable>: Sendable {
    typealias Reader = ResponseShelf<Owner>.Reader

    private struct Name: Hashable {
        /// Who may read the responses; without a connection, all that the owner asks.
        var reader: Reader
        var item: String
    }

    /// A response that has an item.
    private struct Holder {
        var number: Int
        var response: String
    }

    /// By their numbers, the newest response at the end.
    private var holders: [Name: [Holder]] = [:]

    /// Notes the items of a response.
    /// - Parameters:
    ///   - reader: who may read it.
    ///   - number: larger than that of every response before.
    mutating func add(_ items: [String], of response: String, for reader: Reader, number: Int) {
        for item in items {
            self.holders[Name(reader: reader, item: item), default: []].append(
                .init(number: number, response: response)
            )
        }
    }

    /// A response is gone, with the items that were noted for it.
    mutating func remove(_ items: [String], for reader: Reader, number: Int) {
        for item in items {
            let name = Name(reader: reader, item: item)
            // Taken out for the time being, so that it is changed where it is.
            guard var holders = self.holders.removeValue(forKey: name) else { continue }
            let place = Self.place(of: number, in: holders)
            if place < holders.count, holders[place].number == number { holders.remove(at: place) }
            if !holders.isEmpty { self.holders[name] = holders }
        }
    }

    /// The newest response with an item, of those that the reader may see.
    func response(with item: String, for reader: Reader) -> String? {
        let stored = self.holders[Name(reader: .init(owner: reader.owner), item: item)]?.last
        let own = reader.connection == nil ? nil : self.holders[Name(reader: reader, item: item)]?.last
        guard let stored, let own else { return (stored ?? own)?.response }
        return stored.number > own.number ? stored.response : own.response
    }

    /// Where a number stands, or would: there may be thousands, each later than the one before.
    private static func place(of number: Int, in holders: [Holder]) -> Int {
        var range = 0..<holders.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = holders[middle].number < number ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
