import NIOCore

// Calls of tools: each has its own place from the moment its name is known until the model has stopped.
extension ResponsesStream {
    mutating func beginCall(_ index: Int, id: String, name: EscapedText, into bytes: inout ByteBuffer) {
        self.closeOpen(.completed, into: &bytes)
        while self.calls.count <= index { self.calls.append(nil) }
        guard self.calls[index] == nil else { return }
        guard let item = OutputItem(self.request, call: index, id: id, name: name, after: self.items, self.identity)
        else { return }
        self.calls[index] = item.index
        self.add(item, into: &bytes)
    }

    mutating func writeArguments(_ text: EscapedText, of call: Int, into bytes: inout ByteBuffer) {
        guard !text.isEmpty, self.calls.indices.contains(call), let index = self.calls[call],
            self.items[index].status == .inProgress
        else { return }
        self.tellArguments(self.items[index].whole(text), of: index, into: &bytes)
    }

    private mutating func tellArguments(_ text: EscapedText, of index: Int, into bytes: inout ByteBuffer) {
        guard !text.isEmpty else { return }
        self.items[index].call?.arguments.append(text)
        // A custom tool's input is inside the arguments and can only be told once they are whole.
        guard self.items[index].kind == .functionCall else { return }
        self.frames.begin("response.function_call_arguments.delta", into: &bytes)
        self.writePlace(of: index, into: &bytes)
        bytes.writeStaticString(",\"delta\":")
        bytes.writeJSONString(text)
        self.frames.end(into: &bytes)
    }

    /// The model has stopped: closes everything that is open, in the order of its place.
    mutating func closeAll(_ status: OutputItem.Status, into bytes: inout ByteBuffer) {
        for index in self.items.indices where self.items[index].status == .inProgress {
            if index == self.open {
                self.closeOpen(status, into: &bytes)
            } else {
                self.closeCall(index, status, into: &bytes)
            }
        }
    }

    private mutating func closeCall(_ index: Int, _ status: OutputItem.Status, into bytes: inout ByteBuffer) {
        self.tellArguments(self.items[index].rest(), of: index, into: &bytes)
        self.items[index].status = status
        let item = self.items[index]
        if item.kind == .customToolCall {
            let input = item.customInput
            if !input.isEmpty {
                self.writeCallText("response.custom_tool_call_input.delta", index, ",\"delta\":", input, into: &bytes)
            }
            self.writeCallText("response.custom_tool_call_input.done", index, ",\"input\":", input, into: &bytes)
        } else {
            let arguments = item.finalArguments
            if item.call?.arguments.isEmpty != false {
                // The sum of the deltas is what done says.
                let type: StaticString = "response.function_call_arguments.delta"
                self.writeCallText(type, index, ",\"delta\":", arguments, into: &bytes)
            }
            self.frames.begin("response.function_call_arguments.done", into: &bytes)
            self.writePlace(of: index, into: &bytes)
            bytes.writeStaticString(",\"name\":")
            bytes.writeJSONString(item.call?.name ?? EscapedText())
            bytes.writeStaticString(",\"arguments\":")
            bytes.writeJSONString(arguments)
            self.frames.end(into: &bytes)
        }
        self.writeItem("response.output_item.done", index, into: &bytes)
    }

    private mutating func writeCallText(
        _ type: StaticString,
        _ index: Int,
        _ key: StaticString,
        _ text: EscapedText,
        into bytes: inout ByteBuffer
    ) {
        self.frames.begin(type, into: &bytes)
        self.writePlace(of: index, into: &bytes)
        bytes.writeStaticString(key)
        bytes.writeJSONString(text)
        self.frames.end(into: &bytes)
    }

    private func writePlace(of index: Int, into bytes: inout ByteBuffer) {
        bytes.writeStaticString(",\"item_id\":\"")
        bytes.writeString(self.items[index].id)
        bytes.writeStaticString("\",\"output_index\":")
        bytes.writeString(String(index))
    }
}

extension OutputItem {
    /// A call that the model makes.
    ///
    /// - Parameters:
    ///   - index: the model's own number of the call; where the caller wants one call at a time and the model server
    ///     does not see to it, only the first one is taken.
    ///   - items: the output before it; no two calls have one id, whatever the model server says.
    init?(
        _ request: ResponsesRequest,
        call index: Int,
        id: String,
        name: EscapedText,
        after items: [OutputItem],
        _ identity: AnswerIdentity
    ) {
        if request.conversation.allowsParallelToolCalls == false, items.contains(where: { $0.call != nil }) {
            return nil
        }
        let original = request.renamedTools.original(name)
        self.init(
            original?.isCustom == true ? .customToolCall : .functionCall,
            index: items.count,
            digits: identity.digits
        )
        let isTaken = id.isEmpty || items.contains { $0.call?.id == id }
        self.call = Call(
            id: isTaken ? "call_\(identity.digits)_\(index)" : id,
            name: original.map { EscapedText($0.name) } ?? name,
            namespace: original?.namespace
        )
    }
}
