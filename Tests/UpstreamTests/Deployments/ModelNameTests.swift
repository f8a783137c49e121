import Testing
import Vocabulary

@testable import Upstream

struct ModelNameTests {
    @Test(arguments: [
        ("gemma3", "gemma3:latest", true), ("gemma3:latest", "gemma3", true), ("a", "a", true), ("a", "A", false),
        ("gemma3:4b", "gemma3", false), ("a:latest", "b:latest", false),
    ])
    func same(one: String, other: String, isSame: Bool) {
        #expect(ModelName.isSame(one, other) == isSame)
    }

    @Test(arguments: [
        ("gemma3:latest", "gemma3"), ("google/gemma-3-4b-it", "gemma-3-4b-it"), ("Qwen2.5_7B.gguf", "qwen2-5-7b"),
        ("hf.co/org/Model-GGUF:Q4_K_M", "model-gguf-q4-k-m"), ("--x--", "x"), ("", ""), ("///", ""),
    ])
    func slugs(id: String, slug: String) {
        #expect(ModelName.slug(id) == slug)
    }

    @Test(arguments: [
        ("gemma3:4b", "gemma3:4b"), ("org/model", "org/model"), ("my model (v2)", "my-model--v2-"),
        ("/models/x", "models/x"),
        ("modèle", "mod-le"), ("-_-", nil), ("", nil), ("a\u{301}b", "a-b"),
        (String(repeating: "x", count: 200), String(repeating: "x", count: 128)),
    ])
    func deploymentNames(id: String, name: String?) {
        #expect(ModelName.deployment(id)?.rawValue == name)
    }

    @Test func freeNames() {
        let name = DeploymentName("a")!
        #expect(ModelName.free(name, among: []) == name)
        #expect(ModelName.free(name, among: [name]).rawValue == "a-2")
        #expect(ModelName.free(name, among: [name, DeploymentName("a-2")!]).rawValue == "a-3")
        let long = DeploymentName(String(repeating: "x", count: 128))!
        #expect(ModelName.free(long, among: [long]).rawValue == String(repeating: "x", count: 126) + "-2")
    }
}
