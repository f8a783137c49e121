/// What both ends of the administration API have to know.
package enum AdministrationAPI {
    /// What every path begins with.
    package static let basePath = "/admin/api/v1"
    /// The largest body of a request, in bytes.
    package static let bodyLimit = 64 << 10
}
