import Dialects
import TunnelTransport

/// What a request asks for, by its method and path.
enum Target: Equatable {
    /// A call to a model.
    case call(Endpoint)
    /// The list of models; the dialect is `nil` where several vendors share the path.
    case models(Dialect?)
    /// One model, by its name (percent signs decoded).
    case model(String, Dialect?)
    /// Something about a response that was given before.
    case response(StoredResponse)
    /// What a key has used.
    case usage
    /// Responses over a WebSocket.
    case responsesSocket
    /// What is answered without a key.
    case page(Page)
    /// The way in for connectors.
    case tunnel
    /// A connector looks at its way to the relay.
    case probe
    /// A browser asks whether it may.
    case preflight
    /// The path exists, with these methods.
    case wrongMethod(allowed: String, Dialect? = nil)
    /// Nothing is there.
    case nothing

    enum Page: String {
        /// The front page, which tells that the relay is there.
        case root = "/"
        /// Whether the process lives.
        case health = "/healthz"
        /// Whether calls are accepted.
        case readiness = "/readyz"
        /// Metrics in Prometheus' text format.
        case metrics = "/metrics"
        /// Anthropic's programs ask whether somebody is there.
        case hello = "/api/hello"
    }

    /// Finds what is asked for.
    /// - Parameters:
    ///   - method: the method in capitals.
    ///   - path: the path without the query.
    ///   - query: what stands behind the question mark.
    static func find(method: String, path: Substring, query: Substring = "") -> Target {
        if method == "OPTIONS" { return .preflight }
        let isReading = method == "GET" || method == "HEAD"
        if let endpoint = Self.endpoint(path) {
            if method == "POST" { return .call(endpoint) }
            if endpoint == .responses, method == "GET" { return .responsesSocket }
            let allowed = endpoint == .responses ? "GET, POST, OPTIONS" : "POST, OPTIONS"
            return .wrongMethod(allowed: allowed, endpoint.dialect)
        }
        if let response = StoredResponse.find(method: method, path: path) { return response }
        if method == "POST", case .call(let method, let model)? = GeminiPath(path) {
            return .call(Endpoint(method, model: model, framing: GeminiQuery(query).framing))
        }
        if let place = Self.readOnly(path) {
            return isReading ? place : .wrongMethod(allowed: "GET, HEAD, OPTIONS", place.dialect)
        }
        switch GeminiPath(path) {
        case .models?: return isReading ? .models(.gemini) : .wrongMethod(allowed: "GET, HEAD, OPTIONS", .gemini)
        case .model(let name)?:
            return isReading ? .model(name, .gemini) : .wrongMethod(allowed: "GET, HEAD, OPTIONS", .gemini)
        case .call?: return .wrongMethod(allowed: "POST, OPTIONS", .gemini)
        case nil: return .nothing
        }
    }

    /// The dialect that the path belongs to; `nil` when the headers must tell.
    var dialect: Dialect? {
        switch self {
        case .call(let endpoint): endpoint.dialect
        case .models(let dialect), .model(_, let dialect), .wrongMethod(_, let dialect): dialect
        case .response, .responsesSocket: .responses
        case .page(let page): page == .hello ? .messages : nil
        case .usage, .tunnel, .probe, .preflight, .nothing: nil
        }
    }

    private static func endpoint(_ path: Substring) -> Endpoint? {
        let length = path.utf8.count
        guard Self.endpoints.indices.contains(length) else { return nil }
        return Self.endpoints[length].first { $0.path == path }?.endpoint
    }

    /// By the length of the path, which tells nearly all of them apart and costs no hash.
    private static let endpoints: [[(path: String, endpoint: Endpoint)]] = {
        var table: [[(path: String, endpoint: Endpoint)]] = []
        for (path, endpoint) in Endpoint.withPath {
            for path in [path, String(path.dropFirst("/v1".count))] {
                while table.count <= path.utf8.count { table.append([]) }
                table[path.utf8.count].append((path, endpoint))
            }
        }
        return table
    }()

    /// What can only be read.
    private static func readOnly(_ path: Substring) -> Target? {
        if let page = Page(rawValue: String(path)) { return .page(page) }
        switch path {
        case "/v1/models", "/models": return .models(nil)
        case "/v1/usage", "/usage": return .usage
        default: break
        }
        if path == TunnelUpgrade.path { return .tunnel }
        if path == TunnelUpgrade.probePath { return .probe }
        for prefix in ["/v1/models/", "/models/"] where path.hasPrefix(prefix) {
            // Model names hold «/» and «:»; some callers escape them and some do not: the whole rest is the name.
            return Self.decoded(path.dropFirst(prefix.count)).map { .model($0, nil) }
        }
        return nil
    }

    /// Undoes percent-encoding (RFC 3986 §2.1); `nil` when it is broken or not UTF-8.
    static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexadecimal, let low = rest.popFirst()?.hexadecimal else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    fileprivate var hexadecimal: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
