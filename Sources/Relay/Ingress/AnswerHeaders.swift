import Dialects
import NIOHTTP1
import Vocabulary

/// The headers of answers.
struct AnswerHeaders {
    /// What is the same for every answer on a connection.
    var isHTTP2: Bool
    var corsOrigins: [String]

    /// Adds the headers that every answer carries.
    ///
    /// Both SDK families look for the request's id, under one name each.
    func addBase(id: CallID, date: String, origin: String?, keepsAlive: Bool, to head: inout AnswerHead) {
        head.add("date", date)
        head.add("x-request-id", id.rawValue)
        head.add("request-id", id.rawValue)
        if let origin, let allowed = self.allowed(origin) {
            head.add("access-control-allow-origin", allowed)
            head.add("access-control-expose-headers", Self.exposed)
            if allowed != "*" { head.add("vary", "origin") }
        }
        // HTTP/2 has no such header (RFC 9113 §8.2.2).
        if !self.isHTTP2 { head.add("connection", keepsAlive ? "keep-alive" : "close") }
    }

    /// The headers that a page may read.
    private static let exposed =
        "x-request-id, request-id, retry-after, adit-token-count, "
        + ["limit", "remaining", "reset"].flatMap { part in
            ["requests", "tokens"].flatMap { ["x-ratelimit-\(part)-\($0)", "anthropic-ratelimit-\($0)-\(part)"] }
        }
        .joined(separator: ", ")

    /// Adds what a stream needs to pass proxies unbuffered.
    static func addStream(_ type: StreamType, to head: inout AnswerHead) {
        switch type {
        case .events: head.add("content-type", "text/event-stream; charset=utf-8")
        case .json: head.add("content-type", "application/json; charset=utf-8")
        }
        head.add("cache-control", "no-cache, no-transform")
        head.add("x-accel-buffering", "no")
    }

    /// What a browser wants to know before it makes a call.
    /// - Parameter asked: the names of the headers that the page wants to send.
    func preflight(origin: String?, asked: [Substring]) -> [(String, String)] {
        let isAllowed = origin.flatMap { self.allowed($0) } != nil
        let names = isAllowed ? Self.sendable(asked) : nil
        return [
            ("access-control-allow-methods", "GET, HEAD, POST, DELETE, OPTIONS"),
            ("access-control-max-age", "86400"),
            ("access-control-allow-headers", names ?? Self.usual),
        ]
    }

    /// The names that a page asks for, as far as they are names; `nil` when there are none, or too many.
    ///
    /// A page may send whatever it likes: SDKs have other headers with every release, and what is not known is not passed on.
    static func sendable(_ asked: [Substring]) -> String? {
        let names = asked.filter { !$0.isEmpty && $0.utf8.allSatisfy { Self.nameBytes.contains($0) } }
        let text = names.joined(separator: ", ")
        return text.isEmpty || text.utf8.count > Self.longestNames ? nil : text
    }

    /// What a header's name is made of (RFC 9110 §5.6.2).
    private static let nameBytes = Set(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8
    )
    /// How long the names may be together, in bytes: several times what the SDKs send.
    private static let longestNames = 2_048

    /// What pages are known to send.
    private static let usual = """
        authorization, content-type, x-api-key, anthropic-version, anthropic-beta, \
        anthropic-dangerous-direct-browser-access, x-goog-api-key, x-goog-api-client, openai-beta, \
        openai-organization, openai-project, idempotency-key, x-client-request-id, x-stainless-arch, \
        x-stainless-async, x-stainless-custom-poll-interval, x-stainless-helper-method, x-stainless-lang, \
        x-stainless-os, x-stainless-package-version, x-stainless-poll-helper, x-stainless-read-timeout, \
        x-stainless-retry-count, x-stainless-runtime, x-stainless-runtime-version, x-stainless-timeout
        """

    /// What `access-control-allow-origin` says to an origin, or `nil` when it may not call.
    private func allowed(_ origin: String) -> String? {
        if self.corsOrigins.contains("*") { return "*" }
        return self.corsOrigins.contains(origin) ? origin : nil
    }
}
