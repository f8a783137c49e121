package import NIOCore
import Vocabulary

extension Anthropic {
    /// Which part of the list of models a caller wants (`GET /v1/models?limit&after_id&before_id`).
    package struct ModelPage: Hashable, Sendable {
        /// 1 to 1000; 20 when the caller does not say.
        package var limit: Int
        /// The id of the model that the page begins behind.
        package var after: String?
        /// The id of the model that the page ends before.
        package var before: String?

        package init(limit: Int = 20, after: String? = nil, before: String? = nil) {
            self.limit = min(max(limit, 1), 1_000)
            self.after = after
            self.before = before
        }
    }

    /// A page of the list of models. A cursor that names no model stands at the list's end that the page is read from.
    package static func modelList(_ models: [ModelCard], page: ModelPage = ModelPage()) -> ByteBuffer {
        let start = page.after.flatMap { id in models.firstIndex { $0.id == id }.map { $0 + 1 } } ?? 0
        let end = page.before.flatMap { id in models.firstIndex { $0.id == id } } ?? models.count
        let range = start < end ? models[start..<end] : []
        let shown = page.before == nil ? range.prefix(page.limit) : range.suffix(page.limit)
        var body = ByteBuffer(string: "{\"data\":[")
        for (index, model) in shown.enumerated() {
            if index > 0 { body.writeStaticString(",") }
            Self.write(model, to: &body)
        }
        body.writeString("],\"has_more\":\(shown.count < range.count),\"first_id\":")
        body.writeJSON(shown.first.map { .string($0.id) } ?? .null)
        body.writeStaticString(",\"last_id\":")
        body.writeJSON(shown.last.map { .string($0.id) } ?? .null)
        body.writeStaticString("}")
        return body
    }

    /// One model (`GET /v1/models/{id}`).
    package static func model(_ model: ModelCard) -> ByteBuffer {
        var body = ByteBuffer()
        Self.write(model, to: &body)
        return body
    }

    private static func write(_ model: ModelCard, to body: inout ByteBuffer) {
        body.writeStaticString("{\"id\":")
        body.writeJSONString(model.id)
        body.writeStaticString(",\"type\":\"model\",\"display_name\":")
        body.writeJSONString(model.id)
        body.writeStaticString(",\"created_at\":\"")
        body.writeString(CivilTime(secondsSince1970: model.created).timestamp)
        body.writeStaticString("\",\"lifecycle\":\"active\",\"max_input_tokens\":null,\"max_tokens\":null,")
        body.writeStaticString("\"capabilities\":null}")
    }
}
