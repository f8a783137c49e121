/// Why what stands under a URL was not got; the words follow its name: «is at a server that cannot be reached».
package struct WebFault: Error, Hashable, Sendable {
    package var reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
