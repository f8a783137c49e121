import NIOHTTP1
import TunnelProtocol

/// Which fields of a model server's answer go back to the relay.
enum AnswerFields {
    /// The head of an answer as it goes through the tunnel.
    static func head(_ head: HTTPResponseHead) -> BinaryHTTP.ResponseHead {
        var fields: [BinaryHTTP.Field] = []
        for (name, value) in head.headers {
            if let name = self.passed(name) { fields.append(BinaryHTTP.Field(name: name, value: value)) }
        }
        return BinaryHTTP.ResponseHead(status: Int(head.status.code), fields: fields)
    }

    /// The name in lower case of a field that is passed, else `nil`.
    ///
    /// What the relay needs to understand the answer: everything else of a server's header speaks of its connection, of
    /// itself, or to a browser.
    private static func passed(_ name: String) -> String? {
        // Lengths first: most fields are told apart by them, without a new string.
        switch name.utf8.count {
        case 12: self.passed(name, as: "content-type")
        case 16: self.passed(name, as: "content-encoding")
        case 11: self.passed(name, as: "retry-after")
        case 14: self.passed(name, as: "retry-after-ms")
        default: nil
        }
    }

    private static func passed(_ name: String, as known: String) -> String? {
        let isSame = zip(name.utf8, known.utf8).allSatisfy { byte, lower in
            byte == lower || ((0x41...0x5A).contains(byte) && byte | 0x20 == lower)
        }
        return isSame ? known : nil
    }
}
