import NIOCore

// Reasoning and what is said: one item of them is open at a time, and one part of a message.
extension ResponsesStream {
    mutating func writeReasoning(_ text: EscapedText, into bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        let index = self.openItem(.reasoning, into: &bytes)
        self.tellReasoning(self.items[index].whole(text), of: index, into: &bytes)
    }

    mutating func writeText(_ text: EscapedText, into bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        self.releaseText(into: &bytes)
        let index = self.openPart(isRefusal: false, into: &bytes)
        self.tell(self.items[index].whole(text), into: &bytes)
    }

    mutating func writeRefusal(_ text: EscapedText, into bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        self.releaseText(into: &bytes)
        let index = self.openPart(isRefusal: true, into: &bytes)
        self.tell(self.items[index].whole(text), into: &bytes)
    }

    private mutating func tellReasoning(_ text: EscapedText, of index: Int, into bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        self.items[index].summary.append(text)
        self.frames.write(text, in: self.delta, into: &bytes)
    }

    /// Tells more of the open part, or holds it until its probabilities come.
    private mutating func tell(_ text: EscapedText, into bytes: inout ByteBuffer) {
        guard !text.isEmpty, let open = self.open, let part = self.items[open].parts.indices.last else { return }
        if self.request.conversation.sampling.logprobs, !self.items[open].parts[part].isRefusal {
            self.held = text
            return
        }
        self.items[open].parts[part].text.append(text)
        self.frames.write(text, in: self.delta, into: &bytes)
    }

    /// The probabilities of the text that was held, or of more than that.
    mutating func writeLogprobs(_ value: JSONValue, into bytes: inout ByteBuffer) {
        guard let entries = value.array, !entries.isEmpty else { return }
        if self.held == nil {
            // Tokens without a text of their own, such as half a character: they are told at the part's end.
            guard let open = self.open, let part = self.items[open].parts.indices.last else { return }
            self.items[open].parts[part].logprobs += entries
        } else {
            self.releaseText(entries, into: &bytes)
        }
    }

    /// Tells the held text, if there is one.
    mutating func releaseText(_ logprobs: [JSONValue] = [], into bytes: inout ByteBuffer) {
        guard let text = self.held.take(), let open = self.open, let part = self.items[open].parts.indices.last
        else { return }
        self.items[open].parts[part].text.append(text)
        self.items[open].parts[part].logprobs += logprobs
        self.frames.begin("response.output_text.delta", into: &bytes)
        bytes.writeImmutableBuffer(self.place)
        bytes.writeStaticString(",\"delta\":")
        bytes.writeJSONString(text)
        bytes.writeStaticString(",\"logprobs\":")
        bytes.writeJSON(.array(logprobs))
        self.frames.end(into: &bytes)
    }

    // MARK: - Opening

    private mutating func openItem(_ kind: OutputItem.Kind, into bytes: inout ByteBuffer) -> Int {
        if let open = self.open, self.items[open].kind == kind { return open }
        self.closeOpen(.completed, into: &bytes)
        let item = OutputItem(kind, index: self.items.count, digits: self.identity.digits)
        self.add(item, into: &bytes)
        self.open = item.index
        guard kind == .reasoning else { return item.index }
        self.place = self.placeOf(item.index, ",\"summary_index\":0")
        self.delta = self.frames.delta("response.reasoning_summary_text.delta", place: self.place)
        self.frames.begin("response.reasoning_summary_part.added", into: &bytes)
        bytes.writeImmutableBuffer(self.place)
        bytes.writeStaticString(",\"part\":{\"type\":\"summary_text\",\"text\":\"\"}")
        self.frames.end(into: &bytes)
        return item.index
    }

    private mutating func openPart(isRefusal: Bool, into bytes: inout ByteBuffer) -> Int {
        let index = self.openItem(.message, into: &bytes)
        if let last = self.items[index].parts.indices.last {
            guard self.items[index].parts[last].isRefusal != isRefusal else { return index }
            self.closePart(of: index, into: &bytes)
        }
        let part = OutputItem.Part(isRefusal: isRefusal)
        self.place = self.placeOf(index, ",\"content_index\":\(self.items[index].parts.count)")
        self.delta =
            isRefusal
            ? self.frames.delta("response.refusal.delta", place: self.place)
            : self.frames.delta("response.output_text.delta", place: self.place, rest: ",\"logprobs\":[]")
        self.items[index].parts.append(part)
        self.frames.begin("response.content_part.added", into: &bytes)
        bytes.writeImmutableBuffer(self.place)
        bytes.writeStaticString(",\"part\":")
        part.write(into: &bytes)
        self.frames.end(into: &bytes)
        return index
    }

    /// The members that say where an event belongs.
    func placeOf(_ index: Int, _ more: String = "") -> ByteBuffer {
        ByteBuffer(string: ",\"item_id\":\"\(self.items[index].id)\",\"output_index\":\(index)\(more)")
    }

    mutating func add(_ item: OutputItem, into bytes: inout ByteBuffer) {
        self.items.append(item)
        self.writeItem("response.output_item.added", item.index, into: &bytes)
    }

    mutating func writeItem(_ type: StaticString, _ index: Int, into bytes: inout ByteBuffer) {
        self.frames.begin(type, into: &bytes)
        bytes.writeString(",\"output_index\":\(index),\"item\":")
        self.items[index].write(into: &bytes)
        self.frames.end(into: &bytes)
    }
}

// MARK: - Closing

extension ResponsesStream {
    /// Closes the reasoning or message that is open.
    mutating func closeOpen(_ status: OutputItem.Status, into bytes: inout ByteBuffer) {
        guard let index = self.open else { return }
        self.items[index].status = status
        if self.items[index].kind == .reasoning {
            self.closeSummary(of: index, into: &bytes)
        } else {
            self.closePart(of: index, into: &bytes)
        }
        self.open = nil
        self.writeItem("response.output_item.done", index, into: &bytes)
    }

    private mutating func closeSummary(of index: Int, into bytes: inout ByteBuffer) {
        self.tellReasoning(self.items[index].rest(), of: index, into: &bytes)
        if self.request.wantsEncryptedReasoning, let text = self.items[index].summary.unescaped {
            self.items[index].encryptedContent = SealedReasoning(text: text).sealed
        }
        self.frames.begin("response.reasoning_summary_text.done", into: &bytes)
        bytes.writeImmutableBuffer(self.place)
        bytes.writeStaticString(",\"text\":")
        bytes.writeJSONString(self.items[index].summary)
        self.frames.end(into: &bytes)
        self.frames.begin("response.reasoning_summary_part.done", into: &bytes)
        bytes.writeImmutableBuffer(self.place)
        bytes.writeStaticString(",\"part\":")
        self.items[index].writeSummaryPart(into: &bytes)
        self.frames.end(into: &bytes)
    }

    private mutating func closePart(of index: Int, into bytes: inout ByteBuffer) {
        self.releaseText(into: &bytes)
        self.tell(self.items[index].rest(), into: &bytes)
        self.releaseText(into: &bytes)
        guard let part = self.items[index].parts.last else { return }
        if part.isRefusal {
            self.frames.begin("response.refusal.done", into: &bytes)
            bytes.writeImmutableBuffer(self.place)
            bytes.writeStaticString(",\"refusal\":")
            bytes.writeJSONString(part.text)
        } else {
            self.frames.begin("response.output_text.done", into: &bytes)
            bytes.writeImmutableBuffer(self.place)
            bytes.writeStaticString(",\"text\":")
            bytes.writeJSONString(part.text)
            bytes.writeStaticString(",\"logprobs\":")
            bytes.writeJSON(.array(part.logprobs))
        }
        self.frames.end(into: &bytes)
        self.frames.begin("response.content_part.done", into: &bytes)
        bytes.writeImmutableBuffer(self.place)
        bytes.writeStaticString(",\"part\":")
        part.write(into: &bytes)
        self.frames.end(into: &bytes)
    }
}
