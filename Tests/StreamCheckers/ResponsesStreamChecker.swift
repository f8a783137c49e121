package import Dialects
package import NIOCore

/// Holds the bytes of one stream against the grammar of the Responses API, and against what the openai SDK's
/// accumulator and Codex rely on.
package struct ResponsesStreamChecker {
    package private(set) var faults: [String] = []
    package private(set) var events: [JSONValue] = []
    private let first: Int
    private var items: [Item] = []
    private var responseID: String?
    private var terminal: JSONValue?

    private struct Item {
        var added: JSONValue
        var done: JSONValue?
        var parts: [Part] = []
        var text = ""
        var isTextDone = false
    }

    private struct Part {
        var kind: String
        var text = ""
        var isTextDone = false
        var isDone = false
    }

    /// - Parameter first: the number of the first event.
    package init(_ bytes: ByteBuffer, from first: Int = 0) {
        self.first = first
        let text = String(buffer: bytes)
        self.expect(text.isEmpty || text.hasSuffix("\n\n"), "the last event has no end")
        for block in text.split(separator: "\n\n", omittingEmptySubsequences: false).dropLast() {
            if block.hasPrefix(":") {
                self.expect(!block.contains("\n"), "a comment of several lines")
                continue
            }
            let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
            guard lines.count == 2, lines[0].hasPrefix("event: "), lines[1].hasPrefix("data: "),
                let data = try? JSONValue(reading: String(lines[1].dropFirst(6)))
            else {
                self.faults.append("a block that is no event: \(block)")
                continue
            }
            self.expect(data["type"]?.string == String(lines[0].dropFirst(7)), "the name is not the type: \(lines[0])")
            self.events.append(data)
        }
        for (index, event) in self.events.enumerated() { self.check(event, at: index) }
        self.checkEnd()
    }

    private mutating func expect(_ isTrue: Bool, _ fault: @autoclosure () -> String) {
        if !isTrue { self.faults.append(fault()) }
    }

    private mutating func check(_ event: JSONValue, at index: Int) {
        let type = event["type"]?.string ?? ""
        let number = self.first + index
        self.expect(event["sequence_number"]?.int == number, "\(type): number \(number) expected")
        self.expect(self.terminal == nil, "\(type) after the end")
        if index == 0 { self.expect(type == "response.created", "the first event is \(type)") }
        if index == 1 { self.expect(type == "response.in_progress", "the second event is \(type)") }
        switch type {
        case "response.created", "response.in_progress":
            self.checkResponse(event["response"], ["in_progress"])
            self.expect(type != "response.created" || index == 0, "created twice")
        case "response.completed", "response.incomplete", "response.failed":
            self.checkResponse(event["response"], [String(type.dropFirst("response.".count))])
            self.terminal = event["response"]
        case "response.output_item.added": self.itemAdded(event)
        case "response.output_item.done": self.itemDone(event)
        case "response.content_part.added", "response.reasoning_summary_part.added": self.partAdded(event)
        case "response.content_part.done", "response.reasoning_summary_part.done": self.partDone(event)
        case "response.output_text.delta", "response.refusal.delta", "response.reasoning_summary_text.delta":
            self.partText(event, "delta")
        case "response.output_text.done", "response.reasoning_summary_text.done": self.partText(event, "text")
        case "response.refusal.done": self.partText(event, "refusal")
        case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
            self.callText(event, "delta")
        case "response.function_call_arguments.done": self.callText(event, "arguments")
        case "response.custom_tool_call_input.done": self.callText(event, "input")
        default: self.faults.append("an unknown event: \(type)")
        }
    }

    private mutating func checkResponse(_ response: JSONValue?, _ statuses: [String]) {
        guard let object = response?.object else { return self.faults.append("no response") }
        let id = response?["id"]?.string
        if self.responseID == nil { self.responseID = id }
        self.expect(id != nil && id == self.responseID, "another id: \(id ?? "")")
        self.expect(statuses.contains(response?["status"]?.string ?? ""), "status \(response?["status"]?.text ?? "")")
        let keys = [
            "object", "created_at", "completed_at", "background", "error", "incomplete_details", "instructions",
            "max_output_tokens", "max_tool_calls", "model", "output", "parallel_tool_calls", "previous_response_id",
            "reasoning", "store", "service_tier", "temperature", "top_p", "presence_penalty", "frequency_penalty",
            "top_logprobs", "text", "tool_choice", "tools", "truncation", "usage", "metadata", "user",
            "safety_identifier", "prompt_cache_key",
        ]
        for key in keys { self.expect(object[key] != nil, "the response has no \(key)") }
        if let usage = response?["usage"] {
            let total = (usage["input_tokens"]?.int ?? -1) + (usage["output_tokens"]?.int ?? -1)
            self.expect(usage["total_tokens"]?.int == total, "the usage's total is not its sum")
            let cached = usage["input_tokens_details"]?["cached_tokens"]?.int ?? .max
            self.expect(cached <= usage["input_tokens"]?.int ?? 0, "more cached than read")
            self.expect(usage["input_tokens_details"]?["cache_write_tokens"]?.int != nil, "no cache_write_tokens")
            self.expect(usage["output_tokens_details"]?["reasoning_tokens"]?.int != nil, "no reasoning_tokens")
        }
    }

    private mutating func itemAdded(_ event: JSONValue) {
        guard let item = event["item"] else { return self.faults.append("added without an item") }
        self.expect(event["output_index"]?.int == self.items.count, "output_index \(event["output_index"]?.text ?? "")")
        self.expect(item["status"]?.string == "in_progress", "an item is added with another status")
        self.expect(item["id"]?.string != nil, "an item without an id")
        self.expect(!self.items.contains { $0.added["id"] == item["id"] }, "an item's id twice")
        if let call = item["call_id"]?.string {
            self.expect(!call.isEmpty && !self.items.contains { $0.added["call_id"]?.string == call }, "call_id twice")
        }
        self.items.append(Item(added: item))
    }

    /// The item of an event, which must be open.
    private mutating func place(_ event: JSONValue) -> Int? {
        let type = event["type"]?.string ?? ""
        guard let index = event["output_index"]?.int, self.items.indices.contains(index) else {
            self.faults.append("\(type) of no item")
            return nil
        }
        self.expect(self.items[index].done == nil, "\(type) after the item's end")
        let id = event["item_id"] ?? event["item"]?["id"]
        self.expect(id == self.items[index].added["id"], "\(type) with another item's id")
        return index
    }

    private mutating func partAdded(_ event: JSONValue) {
        guard let index = self.place(event) else { return }
        let number = (event["content_index"] ?? event["summary_index"])?.int
        self.expect(number == self.items[index].parts.count, "a part at \(number ?? -1)")
        let isBetween = self.items[index].parts.allSatisfy(\.isDone)
        self.expect(isBetween, "a part inside another one")
        self.items[index].parts.append(Part(kind: event["part"]?["type"]?.string ?? ""))
    }

    private static let kinds = [
        "response.output_text": "output_text", "response.refusal": "refusal",
        "response.reasoning_summary_text": "summary_text",
    ]

    private mutating func partText(_ event: JSONValue, _ key: String) {
        guard let index = self.place(event), let text = event[key]?.string else { return }
        let type = event["type"]?.string ?? ""
        guard var part = self.items[index].parts.popLast() else {
            self.faults.append("\(type) before its part")
            return
        }
        self.expect(!part.isTextDone, "\(type) after the part's text is done")
        self.expect(
            Self.kinds.contains { type.hasPrefix($0.key + ".") && part.kind == $0.value },
            "\(type) in \(part.kind)"
        )
        if key == "delta" {
            self.expect(!text.isEmpty, "an empty delta")
            part.text += text
        } else {
            self.expect(part.text == text, "\(type): not the sum of its deltas")
            part.text = text
            part.isTextDone = true
        }
        self.items[index].parts.append(part)
    }

    private mutating func partDone(_ event: JSONValue) {
        guard let index = self.place(event), var part = self.items[index].parts.popLast() else { return }
        self.expect(part.isTextDone && !part.isDone, "a part is done before its text")
        self.expect(event["part"]?["type"]?.string == part.kind, "a part of another type at its end")
        let text = event["part"]?["text"] ?? event["part"]?["refusal"]
        self.expect(text?.string == part.text, "a part with another text at its end")
        part.isDone = true
        self.items[index].parts.append(part)
    }

    private mutating func callText(_ event: JSONValue, _ key: String) {
        guard let index = self.place(event), let text = event[key]?.string else { return }
        let type = event["type"]?.string ?? ""
        let isCustom = type.contains("custom")
        let kind = isCustom ? "custom_tool_call" : "function_call"
        self.expect(self.items[index].added["type"]?.string == kind, "\(type) in another item")
        let isOver = self.items[index].isTextDone
        self.expect(!isOver, "\(type) after the text is done")
        if key == "delta" {
            self.expect(!text.isEmpty, "an empty delta")
            self.items[index].text += text
        } else {
            let sum = self.items[index].text
            self.expect(sum == text, "\(type): not the sum of its deltas")
            self.items[index].text = text
            self.items[index].isTextDone = true
        }
    }

    private mutating func itemDone(_ event: JSONValue) {
        guard let index = self.place(event), let done = event["item"] else { return }
        let item = self.items[index]
        self.expect(["completed", "incomplete"].contains(done["status"]?.string ?? ""), "done with another status")
        for key in ["id", "type", "call_id", "name", "namespace", "role"] {
            self.expect(done[key] == item.added[key], "\(key) changed from added to done")
        }
        self.expect(item.parts.allSatisfy(\.isDone), "an item is done before its parts")
        let content = done["content"]?.array ?? done["summary"]?.array ?? []
        let texts = content.map { $0["text"]?.string ?? $0["refusal"]?.string }
        self.expect(texts == item.parts.map(\.text), "an item with other texts at its end")
        if let text = (done["arguments"] ?? done["input"])?.string {
            self.expect(item.isTextDone && item.text == text, "a call with other arguments at its end")
        }
        self.items[index].done = done
    }

    private mutating func checkEnd() {
        guard let terminal = self.terminal else { return self.faults.append("the stream has no end") }
        let output = terminal["output"]?.array ?? []
        let count = self.items.count
        self.expect(output.count == count, "\(output.count) items at the end, \(count) were told")
        let hasFailed = terminal["status"]?.string == "failed"
        for (item, last) in zip(self.items, output) {
            if let done = item.done {
                self.expect(done == last, "an item at the end is not what was told: \(last.text)")
            } else {
                self.expect(hasFailed, "an item is never done: \(last.text)")
                self.expect(last["status"]?.string == "incomplete", "an open item at the end: \(last.text)")
            }
        }
    }
}
