import NIOHTTP1

/// The head of an answer while it is made.
///
/// HTTP/1.1 has each header written where it leaves from, so that no list of them is made for a small answer; HTTP/2 wants the list.
struct AnswerHead {
    let status: HTTPResponseStatus
    /// What HTTP/2 gets; empty in HTTP/1.1.
    private(set) var list = HTTPHeaders()
    private let merger: WriteMerger?

    /// - Parameters:
    ///   - isOld: whether the caller speaks HTTP/1.0.
    ///   - merger: takes what goes out in HTTP/1.1; `nil` for HTTP/2.
    init(_ status: HTTPResponseStatus, isOld: Bool, to merger: WriteMerger?) {
        self.status = status
        self.merger = merger
        merger?.beginHead(status, isOld: isOld)
    }

    /// Adds a header, whose name is written in small letters.
    mutating func add(_ name: String, _ value: String) {
        if let merger { merger.writeHeader(name, value) } else { self.list.add(name: name, value: value) }
    }
}
