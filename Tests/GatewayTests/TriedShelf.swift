@testable import Gateway

/// A shelf that can be asked inside an expectation, where nothing may be changed but through a reference.
final class TriedShelf {
    private var shelf: ResponseShelf<String>

    init(limits: ResponseShelf<String>.Limits = .init(), isJournaled: Bool = false) {
        self.shelf = ResponseShelf(limits: limits, isJournaled: isJournaled)
    }

    var count: Int { self.shelf.count }
    var bytes: Int { self.shelf.bytes }

    func put(_ entry: ResponseShelf<String>.Entry, id: String, now: Int) {
        self.shelf.put(entry, id: id, now: now)
    }

    func get(_ id: String, of owner: String, on connection: Int? = nil, now: Int) -> ResponseShelf<String>.Entry? {
        self.shelf.get(id, of: .init(owner: owner, connection: connection), now: now)
    }

    func response(ofItem id: String, of owner: String, on connection: Int? = nil, now: Int = 0) -> String? {
        self.shelf.response(ofItem: id, of: .init(owner: owner, connection: connection), now: now)
    }

    func sweep(now: Int) {
        self.shelf.sweep(now: now)
    }

    func remove(_ id: String, of owner: String, now: Int) -> Bool {
        self.shelf.remove(id, of: .init(owner: owner), now: now)
    }

    func forget(connection: Int) {
        self.shelf.forget(connection: connection)
    }

    func restore(_ puts: [ResponseChanges<String>.Put]) {
        self.shelf.restore(puts)
    }

    func noteUses(_ uses: [String: Int]) {
        self.shelf.noteUses(uses)
    }

    func drop(_ ids: [String]) {
        self.shelf.drop(ids)
    }

    func leave() {
        self.shelf.leave()
    }

    func note(_ id: String) {
        self.shelf.note(id)
    }

    func takeChanges(
        now: Int = 0,
        running: [String: ResponseShelf<String>.Entry] = [:]
    ) -> ResponseChanges<String> {
        self.shelf.takeChanges(now: now) { running[$0] }
    }

    func giveBack(_ changes: ResponseChanges<String>) {
        self.shelf.giveBack(changes)
    }

    func chain(
        endingWith id: String,
        of owner: String,
        on connection: Int? = nil,
        now: Int
    ) -> [ResponseShelf<String>.Entry]? {
        self.shelf.chain(endingWith: id, of: .init(owner: owner, connection: connection), now: now)
    }
}
