import Vocabulary

/// Reads the parts of a content that are neither calls nor responses.
enum GeminiPart {
    /// What a user or a tool says with a part; `nil` for an empty text.
    static func said(_ part: GeminiFields) throws(GatewayError) -> Message.Part? {
        if let text = try Self.text(part) { return text.isEmpty ? nil : .text(text) }
        if let data = try part.fields("inlineData") { return try Self.inline(data) }
        if let file = try part.fields("fileData") { return try Self.file(file) }
        guard part["functionCall"] == nil else {
            throw .gemini("can only stand in a content of the model", at: part.path("functionCall"))
        }
        throw .gemini("holds nothing that is known here", at: part.path)
    }

    /// What the model said with a part; `nil` when the part only carries a signature.
    static func modelText(_ part: GeminiFields) throws(GatewayError) -> String? {
        if let text = try Self.text(part) { return text }
        for name in ["inlineData", "fileData", "functionResponse"] where part[name] != nil {
            throw .gemini("cannot stand in a content of the model", at: part.path(name))
        }
        return nil
    }

    /// Text, or code that Google once ran for the model, as text.
    private static func text(_ part: GeminiFields) throws(GatewayError) -> String? {
        if let text = try part.string("text") { return text }
        if let code = try part.fields("executableCode") {
            let language = try code.string("language")?.lowercased() ?? ""
            return "```\(language)\n\(try code.string("code") ?? "")\n```\n"
        }
        if let result = try part.fields("codeExecutionResult") {
            return "```\n\(try result.string("output") ?? "")\n```\n"
        }
        return nil
    }

    private static func inline(_ data: GeminiFields) throws(GatewayError) -> Message.Part {
        let type = try Self.mediaType(data)
        guard let text = try data.string("data"), let base64 = Base64Text.standard(text) else {
            throw .gemini("must be base64", at: data.path("data"))
        }
        switch type {
        case _ where type.hasPrefix("image/"): return .image(url: "data:\(type);base64,\(base64)", detail: nil)
        case "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave": return .audio(data: base64, format: "wav")
        case "audio/mp3", "audio/mpeg": return .audio(data: base64, format: "mp3")
        case "application/pdf":
            return .file(data: "data:\(type);base64,\(base64)", name: try data.string("displayName"))
        case _ where type.hasPrefix("text/") || type == "application/json":
            guard let bytes = Base64Text.decoded(base64), let text = String(validating: bytes, as: UTF8.self) else {
                throw .gemini("must be UTF-8 text in base64", at: data.path("data"))
            }
            return .text(text)
        default: throw .gemini("is «\(type)», which no model server can be given", at: data.path("mimeType"))
        }
    }

    private static func file(_ file: GeminiFields) throws(GatewayError) -> Message.Part {
        guard let uri = try file.string("fileUri") else { throw .gemini("is missing", at: file.path("fileUri")) }
        let image = Message.Part.image(at: uri, detail: nil, parameter: file.path("fileUri"))
        guard let image, !uri.lowercased().hasPrefix("https://generativelanguage.googleapis.com/") else {
            throw .gemini("must be an image's address on the web; no files are kept here", at: file.path("fileUri"))
        }
        let type = file["mimeType"] == nil ? "image/" : try Self.mediaType(file)
        guard type.hasPrefix("image/") else {
            throw .gemini("must be an image's; send other files as `inlineData`", at: file.path("mimeType"))
        }
        return image
    }

    /// Without parameters such as a character set, in lower case.
    private static func mediaType(_ fields: GeminiFields) throws(GatewayError) -> String {
        guard let type = try fields.string("mimeType") else { throw .gemini("is missing", at: fields.path("mimeType")) }
        return String(type.prefix { $0 != ";" && $0 != " " }).lowercased()
    }
}
