import Dialects
import NIOCore
import Vocabulary

/// What one request looks up among the responses that were given before.
///
/// A stored response is parsed once, however many of its items are asked for. Used by one thread at a time.
final class Recollection {
    private let responses: ResponseStore
    private let reader: ResponseStore.Shelf.Reader
    /// How many bytes the request may grow by what it refers to: it may be no larger than any request.
    private let room: Int
    /// How many bytes may yet be parsed.
    private var rest: Int
    /// The items of responses by their ids, by the id of the response.
    private var items: [String: [String: JSONValue]] = [:]
    /// Whether something was not looked up because it was too long to be parsed here.
    private(set) var isTooMuch = false
    /// A response that was not found, or is not over, which another relay may have ended a moment ago.
    private(set) var awaited: String?

    /// - Parameter most: how many bytes are parsed; with what is longer ``isTooMuch`` is set, and it counts as not there.
    init(of gateway: Gateway, for request: Gateway.Request, most: Int = .max) {
        self.responses = gateway.responses
        self.reader = request.caller.reader
        self.room = max(0, gateway.largestRequest - request.body.readableBytes)
        self.rest = most
    }

    /// Where a request's references are looked up.
    var memory: Translation.Memory {
        Translation.Memory(
            room: self.room,
            chain: { (id: String) throws(GatewayError) in try self.chain(endingWith: id) },
            item: { self.item($0) }
        )
    }

    private func chain(endingWith id: String) throws(GatewayError) -> [JSONValue]? {
        guard let last = self.responses.get(id, of: self.reader) else {
            self.miss(id)
            return nil
        }
        // It may be one that is not over yet, or failed.
        guard self.mayParse([last]) else { return nil }
        if let response = try? JSONValue(reading: last.response),
            let error = Responses.refusalToGoOn(from: id, response)
        {
            self.miss(id)
            throw error
        }
        guard let chain = self.responses.chain(endingWith: id, of: self.reader), self.mayParse(chain) else {
            return nil
        }
        return ResponseStore.items(chain)
    }

    /// An item by its id: most are made of the id of their response, of others it is noted.
    private func item(_ id: String) -> JSONValue? {
        let noted = self.responses.response(ofItem: id, of: self.reader)
        for response in [Responses.response(ofItem: id), noted].compactMap(\.self) {
            if let item = self.items(of: response)?[id] { return item }
        }
        self.miss(Responses.response(ofItem: id) ?? id)
        return nil
    }

    private func miss(_ response: String) {
        if self.responses.isAwaited(response) { self.awaited = response }
    }

    private func items(of response: String) -> [String: JSONValue]? {
        if let known = self.items[response] { return known }
        guard let entry = self.responses.kept(response, of: self.reader), self.mayParse([entry]) else { return nil }
        let items = (ResponseStore.output(entry.response) + ResponseStore.items(entry.input))
            .filter { $0["type"]?.string != "item_reference" }
        let named = items.compactMap { item in item["id"]?.string.map { ($0, item) } }
        let byID = Dictionary(named) { first, _ in first }
        self.items[response] = byID
        return byID
    }

    private func mayParse(_ entries: [ResponseStore.Shelf.Entry]) -> Bool {
        let size = entries.reduce(0) { $0 + $1.size }
        guard size <= self.rest else {
            self.isTooMuch = true
            return false
        }
        self.rest -= size
        return true
    }
}
