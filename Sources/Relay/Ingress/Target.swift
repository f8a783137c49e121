import Dialects
import TunnelTransport

/// What a request asks for, by its method and path.
enum Target: Equatable {
    /// A call to a model.
    case call(Endpoint)
    /// The list of models.
    case models
    /// One model, by its name (percent signs decoded).
    case model(String)
    /// The front page, which tells that the relay is there.
    case root
    /// Whether the process lives.
    case health
    /// Whether calls are accepted.
    case readiness
    /// Metrics in Prometheus' text format.
    case metrics
    /// The way in for connectors.
    case tunnel
    /// A browser asks whether it may.
    case preflight
    /// The path exists, with these methods.
    case wrongMethod(allowed: String)
    /// Nothing is there.
    case nothing

    /// Finds what is asked for.
    /// - Parameters:
    ///   - method: the method in capitals.
    ///   - path: the path without the query.
    static func find(method: String, path: Substring) -> Target {
        if method == "OPTIONS" { return .preflight }
        if let endpoint = Self.endpoints[String(path)] {
            return method == "POST" ? .call(endpoint) : .wrongMethod(allowed: "POST, OPTIONS")
        }
        guard let page = Self.page(path) else { return .nothing }
        return method == "GET" || method == "HEAD" ? page : .wrongMethod(allowed: "GET, HEAD, OPTIONS")
    }

    private static let endpoints: [String: Endpoint] = {
        var table: [String: Endpoint] = [:]
        for endpoint in Endpoint.allCases {
            table[endpoint.path] = endpoint
            table[String(endpoint.path.dropFirst("/v1".count))] = endpoint
        }
        return table
    }()

    private static func page(_ path: Substring) -> Target? {
        switch path {
        case "/": return .root
        case "/healthz": return .health
        case "/readyz": return .readiness
        case "/metrics": return .metrics
        case "/v1/models", "/models": return .models
        default: break
        }
        if path == TunnelUpgrade.path { return .tunnel }
        for prefix in ["/v1/models/", "/models/"] where path.hasPrefix(prefix) {
            // Model names hold «/» and «:»; some callers escape them and some do not: the whole rest is the name.
            return Self.decoded(path.dropFirst(prefix.count)).map { .model($0) }
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

    /// Whether a key stands in the query, where every log on the way would keep it.
    static func carriesKey(query: Substring) -> Bool {
        query.split(separator: "&").contains { pair in
            let name = Self.decoded(pair.prefix { $0 != "=" })?.lowercased()
            return name == "key" || name == "api_key" || name == "api-key"
        }
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
