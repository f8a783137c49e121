import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("Gemini: damaged requests")
struct GeminiRequestDamageTests {
    private static let values: [JSONValue] = [
        .null, true, 3, .number("-0.5"), "x", "", [], [nil], ["x"], [[:]], [:], ["x": 1],
    ]

    @Test(
        "every value of a request, replaced by one of every kind, is read or refused by its name",
        arguments: GeminiReferences.names("Requests", ending: ".gemini.json")
    )
    func damaged(name: String) throws {
        let whole = try GeminiReferences.json("Requests/\(name).gemini.json")
        var refused = 0
        for damaged in Self.damaged(whole) {
            do throws(GatewayError) {
                let request = try GeminiRequest(reading: damaged, model: "m")
                let body = ChatRequestWriter(model: "m").body(request.conversation)
                #expect((try? JSONValue(reading: body))?["messages"]?.array?.isEmpty == false)
            } catch {
                refused += 1
                #expect(error.code == .invalidRequest)
                #expect(error.parameter != nil || damaged.object == nil, "\(error.message)")
            }
        }
        #expect(refused > 0)
    }

    /// The value with each of the values inside replaced, one at a time.
    private static func damaged(_ value: JSONValue) -> [JSONValue] {
        var all = Self.values
        for (index, element) in (value.array ?? []).enumerated() {
            for damaged in Self.damaged(element) {
                var elements = value.array ?? []
                elements[index] = damaged
                all.append(.array(elements))
            }
        }
        for member in value.object?.members ?? [] {
            for damaged in Self.damaged(member.value) {
                var object = value.object ?? JSONObject()
                object[member.key] = damaged
                all.append(.object(object))
            }
        }
        return all
    }
}
