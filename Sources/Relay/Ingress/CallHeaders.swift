import NIOHTTP1

/// What a request's headers say, found in one pass over them; of several of one name the first counts.
///
/// Asking for each by its name compares all names with each of eighteen, which costs a small call more than reading its body.
struct CallHeaders {
    /// How many headers name the host.
    private(set) var hosts = 0
    private(set) var origin: String?
    /// Whether another protocol is named, which is asked for when the connection's options say so too.
    private(set) var namesUpgrade = false
    private(set) var authorization: String?
    private(set) var apiKey: String?
    private(set) var googleKey: String?
    private(set) var contentType: String?
    private(set) var contentLength: String?
    private(set) var expect: String?
    private(set) var idempotencyKey: String?
    /// Whether the body may come encoded.
    private(set) var hasCoding = false
    /// What an upstream may see; a key, a cookie or an address is never among it.
    private(set) var passed: [(name: String, value: String)] = []

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers {
            switch name.utf8.count {
            case 4 where name.isHeader("host"): self.hosts += 1
            case 6 where name.isHeader("origin"): self.origin = self.origin ?? value
            case 6 where name.isHeader("expect"): self.expect = self.expect ?? value
            case 7 where name.isHeader("upgrade"): self.namesUpgrade = true
            case 9 where name.isHeader("x-api-key"): self.apiKey = self.apiKey ?? value
            case 10 where name.isHeader("tracestate"): self.pass("tracestate", value)
            case 11 where name.isHeader("traceparent"): self.pass("traceparent", value)
            case 11 where name.isHeader("openai-beta"): self.pass("openai-beta", value)
            case 12 where name.isHeader("content-type"): self.contentType = self.contentType ?? value
            case 13 where name.isHeader("authorization"): self.authorization = self.authorization ?? value
            case 14 where name.isHeader("content-length"): self.contentLength = self.contentLength ?? value
            case 14 where name.isHeader("x-goog-api-key"): self.googleKey = self.googleKey ?? value
            case 14 where name.isHeader("anthropic-beta"): self.pass("anthropic-beta", value)
            case 15 where name.isHeader("idempotency-key"): self.idempotencyKey = self.idempotencyKey ?? value
            case 16 where name.isHeader("content-encoding"): self.hasCoding = true
            case 17 where name.isHeader("anthropic-version"): self.pass("anthropic-version", value)
            default: break
            }
        }
    }

    private mutating func pass(_ name: String, _ value: String) {
        if !self.passed.contains(where: { $0.name == name }) { self.passed.append((name, value)) }
    }
}

extension CallHeaders {
    /// Whether it is clear which host is meant (RFC 9112 §3.2). Programs on the way take the first of several, or the last, and
    /// may send somewhere else what this relay would answer.
    func nameHost(in version: HTTPVersion) -> Bool {
        version == .http1_1 ? self.hosts == 1 : self.hosts <= 1
    }
}

extension String {
    /// Whether a header's name is this one, which is written in small letters; the case does not count (RFC 9110 §5.1).
    fileprivate func isHeader(_ name: StaticString) -> Bool {
        let bytes = self.utf8.span
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { expected in
            // The sixth bit is what tells small letters from capitals; the hyphen has it, and no other sign of a name (RFC 9110
            // §5.6.2) becomes one of these by it.
            for index in 0..<bytes.count where bytes[index] | 0x20 != expected[index] { return false }
            return true
        }
    }
}
