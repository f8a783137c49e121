package import NIOCore
package import Vocabulary

/// Answers what is asked on the paths of administration.
package protocol AdministrationResponder: Sendable {
    /// The largest body that it reads, in bytes.
    var bodyLimit: Int { get }
    /// Whether it is there for somebody at an address; to others it is as if it were not.
    func isOpen(to address: NetworkAddress?) -> Bool
    /// - Parameter request: whole.
    func answer(_ request: AdministrationRequest) async -> AdministrationAnswer
}

/// A request for administration, whole.
package struct AdministrationRequest: Sendable {
    package var method: String
    /// Path and query.
    package var target: String
    package var headers: [(name: String, value: String)]
    /// `nil` when it was too large.
    package var body: ByteBuffer?
    package var address: NetworkAddress?
}

/// The answer to it, whole.
package struct AdministrationAnswer: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: ByteBuffer

    package init(status: Int, headers: [(name: String, value: String)], body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
