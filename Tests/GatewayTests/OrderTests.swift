import Dialects
import NIOCore
import Testing

@testable import Gateway

@Suite("What a call goes through before it is placed")
struct OrderTests {
    private static let image = #"{"type":"image","source":{"type":"url","url":"https://example.com/cat.png"}}"#
    private static let encoded = #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}"#
    private static let input = #"{"type":"input_image","image_url":"https://example.com/cat.png"}"#

    private static func message(_ part: String) -> String {
        #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[\#(part)]}]}"#
    }

    private static func response(_ part: String, _ more: String = "") -> String {
        #"{"model":"m","input":[{"role":"user","content":[\#(part)]}]\#(more)}"#
    }

    @Test(
        "images are fetched, but not to be counted",
        arguments: [
            (Endpoint.messages, Self.message(Self.image), true),
            (.messages, Self.message(Self.encoded), false),
            (.messagesTokenCount, Self.message(Self.image), false),
            (.responses, Self.response(Self.input), true),
            (.responses, Self.response(Self.input, #","background":true"#), true),
            (.responsesTokenCount, Self.response(Self.input), false),
        ]
    )
    func images(endpoint: Endpoint, body: String, fetches: Bool) throws {
        let translation = try Translation(endpoint, reading: ByteBuffer(string: body))
        #expect(translation.fetchesImages == fetches)
    }

    @Test("only a response is made in the background, and it is not counted there")
    func background() throws {
        let stream = #","stream":true"#
        let background = #","background":true"#
        func order(_ endpoint: Endpoint, _ more: String) throws -> Order {
            .translated(try Translation(endpoint, reading: ByteBuffer(string: Self.response(Self.input, more))))
        }
        #expect(try order(.responses, background).isInBackground)
        #expect(try !order(.responses, stream).isInBackground)
        #expect(try order(.responses, stream).isStreamed)
        #expect(try !order(.responsesTokenCount, background).isInBackground)
    }
}
