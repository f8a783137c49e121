package import NIOCore
package import Vocabulary

/// Looks up the addresses of a name.
package protocol Resolver: Sendable {
    func addresses(of host: String, before deadline: NIODeadline) async throws(WebFault) -> [NetworkAddress]
}

extension Resolver {
    /// The first address of a URL's host that may be connected to; `nil` when it has none such.
    ///
    /// Whoever connects to the very address that was judged gives nothing to a name that changes its mind in between.
    package func address(
        of target: WebAddress,
        before deadline: NIODeadline,
        where mayConnect: (NetworkAddress) -> Bool
    ) async throws(WebFault) -> NetworkAddress? {
        if let literal = target.literal { return mayConnect(literal) ? literal : nil }
        return try await self.addresses(of: target.host, before: deadline).first(where: mayConnect)
    }
}
