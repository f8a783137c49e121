import Vocabulary

/// The blocks of a Messages request, as pieces of the form in the middle.
enum MessagesBlock {
    /// The pieces of a block that a person says, or that stands in a tool's result.
    static func parts(_ block: MessagesField, _ type: String) throws(GatewayError) -> [Message.Part] {
        switch type {
        case "text": [.text(try block.member("text").string())]
        case "image": [try Self.image(block)]
        case "document": try Self.document(block)
        case "search_result": [.text(try Self.searchResult(block))]
        default: throw block.unknownType(type)
        }
    }

    static func toolCall(_ block: MessagesField) throws(GatewayError) -> Message.ToolCall {
        Message.ToolCall(
            id: try block.member("id").string(),
            name: try block.member("name").string(),
            arguments: JSONValue.object(try block.member("input").object()).text
        )
    }

    static func toolResult(_ block: MessagesField) throws(GatewayError) -> Message.ToolResult {
        var result = Message.ToolResult(
            callID: try block.member("tool_use_id").string(),
            parts: [],
            isError: try block["is_error"]?.bool() ?? false
        )
        guard let content = block["content"] else { return result }
        if let text = content.value.string {
            result.parts = [.text(text)]
            return result
        }
        for inner in try content.array() {
            switch try inner.type() {
            case "text", "image", "document", "search_result": result.parts += try Self.parts(inner, try inner.type())
            // What only Anthropic's models know by its shape (`tool_reference` …) the model may still read.
            default: result.parts.append(.text(inner.value.text))
            }
        }
        return result
    }

    private static func image(_ block: MessagesField) throws(GatewayError) -> Message.Part {
        let source = try block.member("source")
        switch try source.type() {
        case "base64":
            let media = try source.member("media_type")
            guard Self.imageTypes.contains(try media.string()) else {
                throw media.fault("must be one of \(Self.imageTypes.joined(separator: ", "))")
            }
            let data = try source.member("data")
            guard try !data.string().isEmpty else { throw data.fault("must not be empty") }
            return .image(url: "data:\(try media.string());base64,\(try data.string())", detail: nil)
        case "url":
            let url = try source.member("url")
            let text = try url.string()
            guard let image = Message.Part.image(at: text, detail: nil, parameter: url.path.words) else {
                throw url.fault("must be an http or https URL")
            }
            return image
        case let type:
            throw source.unknownType(type)
        }
    }

    private static let imageTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"]

    private static func document(_ block: MessagesField) throws(GatewayError) -> [Message.Part] {
        let source = try block.member("source")
        let title = try block["title"]?.string()
        let context = try block["context"]?.string()
        let heading = [title, context].compactMap(\.self).filter { !$0.isEmpty }
        switch try source.type() {
        case "base64":
            let media = try source.member("media_type")
            guard try media.string() == "application/pdf" else { throw media.fault("must be application/pdf") }
            let file = "data:application/pdf;base64,\(try source.member("data").string())"
            let about: [Message.Part] = context.map { $0.isEmpty ? [] : [.text($0)] } ?? []
            // Servers tell what a file is by its name's ending.
            let name = title ?? "document"
            return about + [.file(data: file, name: name.hasSuffix(".pdf") ? name : name + ".pdf")]
        case "text":
            return [.text((heading + [try source.member("data").string()]).joined(separator: "\n"))]
        case "content":
            let content = try source.member("content")
            var parts: [Message.Part] = heading.isEmpty ? [] : [.text(heading.joined(separator: "\n"))]
            if let text = content.value.string { return parts + [.text(text)] }
            for inner in try content.array() {
                let type = try inner.type()
                guard type == "text" || type == "image" else { throw inner.unknownType(type) }
                parts += try Self.parts(inner, type)
            }
            return parts
        case let type:
            throw source.unknownType(type)
        }
    }

    /// Title, source and texts, a line each.
    private static func searchResult(_ block: MessagesField) throws(GatewayError) -> String {
        var lines = [try block.member("title").string(), try block.member("source").string()]
        for inner in try block.member("content").array() { lines.append(try inner.member("text").string()) }
        return lines.joined(separator: "\n")
    }
}
