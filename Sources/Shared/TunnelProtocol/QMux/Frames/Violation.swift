/// A rule that the peer broke: what CONNECTION_CLOSE will say of it, but for the type of the frame.
struct Violation: Error {
    var code: QMux.ErrorCode
    var reason: String

    init(_ code: QMux.ErrorCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}
