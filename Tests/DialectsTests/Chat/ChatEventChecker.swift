import Dialects
import NIOCore
import Vocabulary

/// What holds of the events of every stream, whatever its server does.
struct ChatEventChecker {
    private(set) var faults: [String] = []
    private var calls: [Int: Int] = [:]
    private var ids: Set<String> = []
    private var finished: Set<Int> = []

    init(_ run: ChatStreamRun) {
        for event in run.events { self.check(event) }
        guard run.ending == .complete else { return }
        if self.finished.isEmpty { self.faults.append("complete without an end") }
        if run.usage != run.events.compactMap({ if case .usage(let usage) = $0 { usage } else { nil } }).last {
            self.faults.append("the usage is another one")
        }
    }

    private mutating func check(_ event: AnswerEvent) {
        switch event {
        case .reasoning(let text, let choice), .text(let text, let choice), .refusal(let text, let choice):
            self.check(text, choice)
        case .toolCall(let index, let id, let name, let choice):
            self.check(name, choice)
            if index != self.calls[choice, default: 0] { self.faults.append("call \(index) has not its turn") }
            self.calls[choice, default: 0] += 1
            if id.isEmpty { self.faults.append("a call without an id") }
            if !self.ids.insert("\(choice) \(id)").inserted { self.faults.append("id \(id) twice") }
        case .toolArguments(let text, let index, let choice):
            self.check(text, choice)
            if index >= self.calls[choice, default: 0] { self.faults.append("arguments before their call \(index)") }
        case .logprobs(let value, let choice):
            if value.array?.isEmpty != false { self.faults.append("logprobs that are no list") }
            self.checkOpen(choice)
        case .finish(let reason, let choice):
            self.checkOpen(choice)
            self.finished.insert(choice)
            if reason == .toolCalls, self.calls[choice] == nil { self.faults.append("toolCalls without a call") }
            let isStop = if case .stopSequence = reason { true } else { reason == .stop }
            if isStop, self.calls[choice] != nil { self.faults.append("\(reason) with a call") }
        case .usage(let usage):
            if usage.cachedInput > usage.input { self.faults.append("more from the cache than at all") }
        }
    }

    private mutating func check(_ text: EscapedText, _ choice: Int) {
        self.checkOpen(choice)
        if text.isEmpty { self.faults.append("an empty text") }
        var json = ByteBuffer(string: "\"")
        json.writeImmutableBuffer(text.bytes)
        json.writeString("\"")
        if (try? JSONValue(reading: json)) == nil { self.faults.append("no text of JSON: \(String(buffer: json))") }
    }

    private mutating func checkOpen(_ choice: Int) {
        if self.finished.contains(choice) { self.faults.append("something behind the end of choice \(choice)") }
    }
}
