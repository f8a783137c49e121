import Vocabulary

extension ResponsesRequest {
    /// What a person or a tool says: a string, or an array of parts.
    static func parts(_ item: Fields, _ key: String) throws(GatewayError) -> [Message.Part] {
        switch item[key] {
        case .string(let text)?: return [.text(text)]
        case .array(let values)?:
            var parts: [Message.Part] = []
            for (index, value) in values.enumerated() {
                parts.append(try Self.part(try Fields(value, path: "\(item.name(key))[\(index)]")))
            }
            return parts
        default: throw item.refusal(key, "must be a string or an array of parts.")
        }
    }

    private static func part(_ part: Fields) throws(GatewayError) -> Message.Part {
        switch try part.requiredString("type") {
        case "input_text", "output_text", "text": return .text(try part.requiredString("text"))
        case "input_image": return try Self.image(part)
        case "input_file": return try Self.file(part)
        case "input_audio":
            guard let audio = try part.fields("input_audio") else {
                throw part.refusal("input_audio", "is missing; it must be an object with data and format.")
            }
            let format = try audio.requiredString("format")
            guard ["wav", "mp3"].contains(format) else { throw audio.refusal("format", "must be wav or mp3.") }
            return .audio(data: try audio.requiredString("data"), format: format)
        default:
            throw part.refusal("type", "must be one of input_text, input_image, input_file and input_audio.")
        }
    }

    private static func image(_ part: Fields) throws(GatewayError) -> Message.Part {
        if part.has("file_id"), !part.has("image_url") {
            throw part.refusal("file_id", "is not supported here; send the image as a data URL in «image_url».")
        }
        // Chat's shape of it, which many send here too, is an object with the URL inside.
        if case .object? = part["image_url"], let inner = try part.fields("image_url") {
            return try Self.image(inner, "url")
        }
        return try Self.image(part, "image_url")
    }

    private static func image(_ fields: Fields, _ key: String) throws(GatewayError) -> Message.Part {
        let url = try fields.requiredString(key)
        let image = Message.Part.image(at: url, detail: try fields.string("detail"), parameter: fields.name(key))
        guard let image else { throw fields.refusal(key, "must be a data URL, or an http or https URL.") }
        return image
    }

    private static func file(_ part: Fields) throws(GatewayError) -> Message.Part {
        for key in ["file_id", "file_url"] where part.has(key) && !part.has("file_data") {
            throw part.refusal(key, "is not supported here; send the file as a data URL in «file_data».")
        }
        let data = try part.requiredString("file_data")
        let isURL = data.hasPrefix("data:")
        return .file(
            data: isURL ? data : "data:application/octet-stream;base64,\(data)",
            name: try part.string("filename")
        )
    }
}
