import Testing

@testable import Upstream

struct DemoModelTests {
    @Test func itSaysWhatItIs() {
        let answer = DemoModel.answer(to: "Who are you?", limit: nil, stops: [])
        let text = answer.words.joined()
        #expect(text.hasPrefix("This is the demo model of adit-connector. It is no AI"))
        #expect(text.contains("You sent 3 words: «Who are you?»."))
        #expect(text.contains("counts words, not tokens"))
        #expect(answer.finishReason == "stop")
        #expect(answer.words.count == DemoModel.count(text))
        #expect(answer == DemoModel.answer(to: "Who are you?", limit: nil, stops: []))
        #expect(answer != DemoModel.answer(to: "And you?", limit: nil, stops: []))
    }

    @Test func wordsMakeTheTextAgain() {
        let answer = DemoModel.answer(to: " a  b\nc ", limit: nil, stops: [])
        for (number, word) in answer.words.enumerated() {
            #expect(word.first?.isWhitespace == (number > 0))
            #expect(DemoModel.count(word) == 1)
        }
        #expect(DemoModel.answer(to: "", limit: nil, stops: []).words.joined().contains("You sent no words."))
        let long = String(repeating: "word ", count: 100)
        #expect(DemoModel.answer(to: long, limit: nil, stops: []).words.joined().contains("You sent 100 words: «word"))
    }

    @Test func limits() {
        let whole = DemoModel.answer(to: "x", limit: nil, stops: [])
        let cut = DemoModel.answer(to: "x", limit: 4, stops: [])
        #expect(cut.words.joined() == "This is the demo")
        #expect(cut.finishReason == "length")
        #expect(DemoModel.answer(to: "x", limit: whole.words.count, stops: []) == whole)
        #expect(DemoModel.answer(to: "x", limit: 1_000_000, stops: []) == whole)
    }

    @Test func stops() {
        let cut = DemoModel.answer(to: "x", limit: nil, stops: ["nowhere", "adit", "demo"])
        #expect(cut.words.joined() == "This is the ")
        #expect(cut.finishReason == "stop")
        #expect(DemoModel.answer(to: "x", limit: nil, stops: ["This"]).words == [])
    }

    @Test func embeddings() {
        let one = DemoModel.embedding(of: "the cat sat", dimensions: 64)
        #expect(one.count == 64)
        #expect(abs(one.reduce(0) { $0 + $1 * $1 } - 1) < 1e-9)
        #expect(one == DemoModel.embedding(of: "The  cat\nsat", dimensions: 64))
        let near = DemoModel.embedding(of: "the cat ran", dimensions: 64)
        let far = DemoModel.embedding(of: "quarterly revenue figures", dimensions: 64)
        let product = { (a: [Double], b: [Double]) in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        #expect(product(one, near) > product(one, far))
        #expect(DemoModel.embedding(of: "", dimensions: 3).count == 3)
    }
}
