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
            ("HEAD", "/", .page(.root)),
            ("GET", "/healthz", .page(.health)),
            ("GET", "/readyz", .page(.readiness)),
            ("GET", "/metrics", .page(.metrics)),
            ("GET", "/.well-known/adit/tunnel", .tunnel),
            ("GET", "/.well-known/adit/probe", .probe),
            ("OPTIONS", "/v1/chat/completions", .preflight),
            ("GET", "/v1/chat/completions", .wrongMethod(allowed: "POST, OPTIONS", .openAI)),
            ("POST", "/v1/models", .wrongMethod(allowed: "GET, HEAD, OPTIONS")),
            ("POST", "/v1/messages", .call(.messages)),
            ("POST", "/messages/count_tokens", .call(.messagesTokenCount)),
            ("GET", "/v1/messages", .wrongMethod(allowed: "POST, OPTIONS", .messages)),
            ("POST", "/responses", .call(.responses)),
            ("GET", "/v1/responses", .responsesSocket),
            ("PUT", "/v1/responses", .wrongMethod(allowed: "GET, POST, OPTIONS", .responses)),
            ("POST", "/v1/responses/input_tokens", .call(.responsesTokenCount)),
            ("GET", "/v1/responses/resp_1", .response(.show("resp_1"))),
            ("DELETE", "/responses/resp_1", .response(.delete("resp_1"))),
            ("POST", "/v1/responses/resp_1", .wrongMethod(allowed: "GET, HEAD, DELETE, OPTIONS", .responses)),
            ("GET", "/v1/responses/resp_1/input_items", .response(.inputItems("resp_1"))),
            ("POST", "/v1/responses/resp_1/cancel", .response(.cancel("resp_1"))),
            ("GET", "/v1/responses/resp_1/cancel", .wrongMethod(allowed: "POST, OPTIONS", .responses)),
            ("GET", "/v1/responses/", .nothing),
            ("GET", "/v1/responses/a/b", .nothing),
            ("GET", "/v1/responses/a/cancel/c", .nothing),
            ("POST", "/v1beta/models/m:1:generateContent", .call(.generateContent(model: "m:1", framing: nil))),
            ("POST", "/v1/models/a%2Fb:countTokens", .call(.geminiTokenCount(model: "a/b"))),
            ("POST", "/v1alpha/models/m:batchEmbedContents", .call(.embedContent(model: "m", isBatch: true))),
            ("GET", "/v1beta/models/m:generateContent", .wrongMethod(allowed: "POST, OPTIONS", .gemini)),
            ("POST", "/v1beta/models/m:sing", .wrongMethod(allowed: "GET, HEAD, OPTIONS", .gemini)),
            ("GET", "/v1beta/models", .models(.gemini)),
            ("GET", "/v1alpha/models/a/b", .model("a/b", .gemini)),
            ("GET", "/api/hello", .page(.hello)),
            ("POST", "/v1/nothing", .nothing),
            ("GET", "/v1/models/%zz", .nothing),
            ("GET", "/v1/models/%ff", .nothing),
        ]
    )
    func find(_ method: String, _ path: String, _ expected: Target) {
        #expect(Target.find(method: method, path: path[...]) == expected)
    }

    @Test("the query frames a stream", arguments: [("alt=sse", GeminiStream.Framing.events), ("", .array)])
    func framing(_ query: String, _ framing: GeminiStream.Framing) {
        let target = Target.find(method: "POST", path: "/v1/models/m:streamGenerateContent", query: query[...])
        #expect(target == .call(.generateContent(model: "m", framing: framing)))
    }

    @Test(
        "an absolute target is its path and its query",
        arguments: [
            ("http://h/p?q=1", "/p", "q=1"), ("http://h", "/", ""), ("http://h?key=x", "/", "key=x"),
            ("http://h?a=/b", "/", "a=/b"), ("https://h/", "/", ""), ("*", "*", ""),
        ]
    )
    func absolute(_ target: String, _ path: String, _ query: String) {
        #expect(CallHandler.split(target) == (path[...], query[...]))
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
