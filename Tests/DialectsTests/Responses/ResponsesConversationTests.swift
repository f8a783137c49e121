import Dialects
import NIOCore
import Testing

@Suite("Responses: the turns of a WebSocket")
struct ResponsesConversationTests {
    /// A step in short.
    private enum Short: Equatable {
        case start(Int, lane: String?)
        case say(String, lane: String?)
        case close
    }

    private static func short(_ steps: [ResponsesConversation.Step]) -> [Short] {
        steps.map { step in
            switch step {
            case .start(let turn): return .start(turn.number, lane: turn.lane)
            case .send(let text):
                let value = (try? JSONValue(reading: text)) ?? .null
                return .say(
                    value["error"]?["code"]?.string ?? value["error"]?["param"]?.string ?? value["type"]?.string ?? "",
                    lane: value["stream_id"]?.string
                )
            case .close: return .close
            }
        }
    }

    private static func create(_ lane: String? = nil, _ more: String = "") -> ByteBuffer {
        let lane = lane.map { #","stream_id":"\#($0)""# } ?? ""
        return ByteBuffer(string: #"{"type":"response.create","model":"m","input":"x"\#(lane)\#(more)}"#)
    }

    @Test("turns of one lane follow each other, lanes run side by side")
    func lanes() {
        var conversation = ResponsesConversation()
        #expect(Self.short(conversation.receive(Self.create())) == [.start(1, lane: nil)])
        #expect(conversation.receive(Self.create()).isEmpty)
        #expect(Self.short(conversation.receive(Self.create("a"))) == [.start(3, lane: "a")])
        #expect(conversation.receive(Self.create("a")).isEmpty)
        #expect(Self.short(conversation.receive(Self.create("b"))) == [.start(5, lane: "b")])
        #expect(Self.short(conversation.ended(3)) == [.start(4, lane: "a")])
        #expect(Self.short(conversation.ended(1)) == [.start(2, lane: nil)])
        #expect(conversation.ended(5).isEmpty && conversation.ended(5).isEmpty && conversation.ended(99).isEmpty)
        #expect(conversation.ended(2).isEmpty && conversation.ended(4).isEmpty)
        #expect(Self.short(conversation.receive(Self.create("a"))) == [.start(6, lane: "a")])
    }

    @Test("sixteen run, the others wait for any of them")
    func running() {
        var conversation = ResponsesConversation()
        for number in 1...16 {
            let steps = conversation.receive(Self.create("l\(number)"))
            #expect(Self.short(steps) == [.start(number, lane: "l\(number)")])
        }
        #expect(conversation.receive(Self.create("l17")).isEmpty)
        #expect(conversation.receive(Self.create()).isEmpty)
        #expect(Self.short(conversation.ended(3)) == [.start(17, lane: "l17")])
        #expect(Self.short(conversation.ended(1)) == [.start(18, lane: nil)])
    }

    @Test("thirty-two named lanes have work, and no more")
    func namedLanes() {
        var conversation = ResponsesConversation()
        for number in 1...32 { _ = conversation.receive(Self.create("l\(number)")) }
        #expect(
            Self.short(conversation.receive(Self.create("l33"))) == [
                .say("websocket_stream_limit_reached", lane: "l33")
            ]
        )
        // The nameless lane is none of them, and a lane with work takes more.
        #expect(conversation.receive(Self.create()).isEmpty && conversation.receive(Self.create("l32")).isEmpty)
        // A lane without work is none any more.
        #expect(Self.short(conversation.ended(1)) == [.start(17, lane: "l17")])
        #expect(conversation.receive(Self.create("l33")).isEmpty)
    }

    @Test("what waits is limited, by number and by size")
    func waiting() {
        var limits = ResponsesConversation.Limits()
        limits.waiting = 2
        var conversation = ResponsesConversation(limits: limits)
        for _ in 1...3 { _ = conversation.receive(Self.create()) }
        #expect(Self.short(conversation.receive(Self.create())) == [.say("rate_limit_exceeded", lane: nil)])
        // Another lane need not wait.
        #expect(Self.short(conversation.receive(Self.create("a"))) == [.start(5, lane: "a")])
        #expect(Self.short(conversation.ended(1)) == [.start(2, lane: nil)])
        limits.waitingBytes = 200
        conversation = ResponsesConversation(limits: limits)
        let large = Self.create("a", #","user":"\#(String(repeating: "x", count: 200))""#)
        #expect(Self.short(conversation.receive(large)) == [.start(1, lane: "a")])
        #expect(Self.short(conversation.receive(large)) == [.say("rate_limit_exceeded", lane: "a")])
        #expect(conversation.receive(Self.create("a")).isEmpty)
    }

    @Test("what cannot be done is said in its lane, and ends nothing")
    func refusals() {
        var conversation = ResponsesConversation()
        let refused: [(String, Short)] = [
            ("{", .say("error", lane: nil)),
            ("[]", .say("error", lane: nil)),
            (#"{"type":"response.append","stream_id":"a"}"#, .say("type", lane: "a")),
            (#"{"type":"response.create","stream_id":"a b"}"#, .say("invalid_stream_id", lane: nil)),
            (#"{"type":"response.steer","stream_id":"a"}"#, .say("steering_not_supported", lane: "a")),
        ]
        for (text, step) in refused {
            #expect(Self.short(conversation.receive(ByteBuffer(string: text))) == [step], "\(text)")
        }
        #expect(Self.short(conversation.receive(Self.create("a"))) == [.start(1, lane: "a")])
    }

    @Test("a warm-up is a turn that generates nothing")
    func warmUp() throws {
        var conversation = ResponsesConversation()
        let steps = conversation.receive(Self.create(nil, #","generate":false"#))
        guard case .start(let turn) = try #require(steps.first) else { throw CancellationError() }
        #expect(!turn.generates && turn.body["generate"] == nil && turn.body["model"] == "m")
    }

    @Test(
        "it ends when its running turns have ended",
        arguments: [
            (ResponsesConversation.Ending.age(minutes: 60), "websocket_connection_limit_reached"),
            (.stopping, "relay_unavailable"),
        ]
    )
    func ending(_ ending: ResponsesConversation.Ending, _ code: String) {
        let last: [Short] = ending == .stopping ? [.close] : [.say(code, lane: nil), .close]
        var idle = ResponsesConversation()
        #expect(Self.short(idle.end(ending)) == last)
        #expect(idle.receive(Self.create()).isEmpty && idle.end(ending).isEmpty)

        var busy = ResponsesConversation()
        _ = busy.receive(Self.create())
        _ = busy.receive(Self.create("a"))
        _ = busy.receive(Self.create("a"))
        let refused = Self.short(busy.end(ending))
        #expect(refused.count == 1 && refused.first == Self.short(busy.receive(Self.create("a"))).first)
        if ending != .stopping { #expect(refused == [.say(code, lane: "a")]) }
        #expect(busy.ended(1).isEmpty)
        #expect(Self.short(busy.ended(2)) == last)
    }
}
