import Dialects
import Testing

@testable import Ingress

@Suite("Targets")
struct TargetTests {
    @Test(
        "paths with and without /v1 lead to the same",
        arguments: [
            ("POST", "/v1/chat/completions", Target.call(.chatCompletions)),
            ("POST", "/chat/completions", .call(.chatCompletions)),
            ("POST", "/v1/completions", .call(.completions)),
            ("POST", "/v1/embeddings", .call(.embeddings)),
            ("POST", "/embeddings", .call(.embeddings)),
            ("GET", "/v1/models", .models(nil)),
            ("GET", "/models", .models(nil)),
            ("GET", "/v1/models/gemma3:4b", .model("gemma3:4b", nil)),
            ("GET", "/v1/models/hf.co%2Forg%2Fm", .model("hf.co/org/m", nil)),
            ("GET", "/models/hf.co/org/m", .model("hf.co/org/m", nil)),
            ("HEAD", "/", .root),
            ("GET", "/healthz", .health),
            ("GET", "/readyz", .readiness),
            ("GET", "/metrics", .metrics),
            ("GET", "/.well-known/adit/tunnel", .tunnel),
            ("OPTIONS", "/v1/chat/completions", .preflight),
            ("GET", "/v1/chat/completions", .wrongMethod(allowed: "POST, OPTIONS", .openAI)),
            ("POST", "/v1/models", .wrongMethod(allowed: "GET, HEAD, OPTIONS")),
            ("POST", "/v1/nothing", .nothing),
            ("GET", "/v1/models/%zz", .nothing),
            ("GET", "/v1/models/%ff", .nothing),
        ]
    )
    func find(_ method: String, _ path: String, _ expected: Target) {
        #expect(Target.find(method: method, path: path[...]) == expected)
    }

    @Test(
        "a key in the query is seen however it is written",
        arguments: [
            ("key=abc", true), ("a=1&api_key=x", true), ("KEY=x", true), ("%6bey=x", true), ("api%5Fkey=x", true),
            ("alt=sse", false), ("monkey=1", false), ("", false), ("beta=true&keys=1", false),
        ]
    )
    func query(_ query: String, _ expected: Bool) {
        #expect(Target.carriesKey(query: query[...]) == expected)
    }
}
