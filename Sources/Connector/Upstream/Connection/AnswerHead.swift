import TunnelProtocol

/// The head of a model server's answer, as far as anybody here reads it.
struct AnswerHead: Equatable {
    /// Between 100 and 999; whoever passes it on decides what is one.
    var status: Int
    /// What goes back to the relay, names in lower case.
    ///
    /// What the relay needs to understand the answer: everything else of a server's header speaks of its connection, of
    /// itself, or to a browser.
    var fields: [BinaryHTTP.Field]
    /// What the server calls itself.
    var server: String?

    init(status: Int, fields: [BinaryHTTP.Field] = [], server: String? = nil) {
        self.status = status
        self.fields = fields
        self.server = server
    }
}
