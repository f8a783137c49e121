import NIOCore
import Testing
import TunnelProtocol

@testable import Upstream

/// One call between a tunnel and a server that are both played by the test.
struct ForwarderTests {
    @Test func aSmallCall() throws {
        let stand = try ForwarderStand()
        let request = RelayRequest(
            fields: [("content-type", "application/json"), ("accept", "text/event-stream"), ("x-api-key", "k")],
            declaredLength: "13",
            content: [#"{"model":"m"}"#]
        )
        stand.receive(request)
        #expect(stand.exchange.head?.uri == "/base/v1/chat/completions")
        #expect(stand.exchange.head?.method == "POST")
        #expect(stand.exchange.head?["host"] == ["models.lan:8080"])
        #expect(stand.exchange.head?["content-length"] == ["13"])
        #expect(stand.exchange.head?["x-request-id"] == [])
        #expect(stand.exchange.head?["x-api-key"] == [])
        #expect(stand.exchange.body == #"{"model":"m"}"#)
        #expect(stand.exchange.isComplete)
        #expect(stand.exchange.flushes == 1)
        #expect(stand.stream.credit == request.bytes.readableBytes)
        #expect(stand.inFlight == 1)
        #expect(stand.forwarding.callsInFlight(at: 0) == 1)

        stand.exchange.answer(#"{"ok":true}"#)
        let answer = try stand.stream.answer()
        #expect(answer.head?.status == 200)
        #expect(answer.field("content-type") == "application/json")
        #expect(answer.text == #"{"ok":true}"#)
        #expect(answer.isComplete)
        #expect(stand.stream.isFinished)
        // A small answer is one piece.
        #expect(stand.stream.pieces.count == 1)
        #expect(stand.stream.abandoned == nil)
        #expect(stand.stream.stopped == nil)
        #expect(stand.inFlight == 0)
        stand.forwarder.streamClosed()
        #expect(stand.stream.abandoned == nil)
    }

    @Test func aStreamPassesAsItComes() throws {
        let stand = try ForwarderStand()
        stand.receive()
        stand.exchange.begin(200, type: "text/event-stream")
        stand.exchange.readComplete()
        #expect(try stand.stream.answer().head?.status == 200)
        for number in 1...3 {
            stand.exchange.say("data: \(number)\n\n")
            #expect(stand.stream.pieces.count == number)
            stand.exchange.readComplete()
            #expect(stand.stream.pieces.count == number + 1)
        }
        #expect(try stand.stream.answer().chunks == ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"])
        // Several parts of one read leave together, as one chunk.
        stand.exchange.say("a")
        stand.exchange.say("b")
        stand.exchange.end()
        stand.exchange.readComplete()
        #expect(stand.stream.pieces.count == 5)
        #expect(try stand.stream.answer().chunks.dropFirst(3) == ["ab"])
        #expect(stand.stream.isFinished)
    }

    @Test func largePiecesAreNotCopied() throws {
        let stand = try ForwarderStand()
        stand.receive()
        stand.exchange.begin()
        let large = String(repeating: "x", count: Forwarder.copied + 1)
        stand.exchange.say("small")
        stand.exchange.say(large)
        stand.exchange.say("tail")
        stand.exchange.end()
        stand.exchange.readComplete()
        #expect(stand.stream.pieces.count == 3)
        #expect(stand.stream.pieces[1] == large.utf8.count)
        #expect(try stand.stream.answer().chunks == ["small", large, "tail"])
    }

    @Test func aRequestCutAnywhere() throws {
        let bytes = RelayRequest(content: ["first ", "second"]).bytes
        for cut in 1..<bytes.readableBytes {
            let stand = try ForwarderStand()
            var rest = bytes
            let head = rest.readSlice(length: cut)!
            stand.receive(head)
            #expect(stand.opener.exchanges.isEmpty || cut == bytes.readableBytes - 1)
            stand.receive(rest, isFinal: true)
            #expect(stand.exchange.body == "first second", "cut at \(cut)")
            #expect(stand.exchange.head?["content-length"] == ["12"])
            #expect(stand.stream.credit == bytes.readableBytes)
            stand.exchange.answer("yes")
            #expect(try stand.stream.answer().text == "yes")
        }
    }

    /// RFC 9292 §3.8 lets a message end without its empty last sections.
    @Test func aRequestWithoutItsEmptyEnd() throws {
        let stand = try ForwarderStand()
        stand.receive(RelayRequest(content: [], hasEnd: false).bytes, isFinal: true)
        #expect(stand.exchange.body == "")
        #expect(stand.exchange.isComplete)
    }

    /// Content that was begun must be ended, or it is cut short.
    @Test func aRequestThatIsCutShort() throws {
        let stand = try ForwarderStand()
        stand.receive(RelayRequest(content: ["body"], hasEnd: false).bytes, isFinal: true)
        #expect(stand.stream.abandoned == .protocolViolation)
        #expect(stand.opener.exchanges.isEmpty)
    }

    @Test(arguments: [
        (RelayRequest(method: "GET"), ApplicationErrorCode.refused), (RelayRequest(path: "/api/delete"), .refused),
        (RelayRequest(path: "/v1/chat/completions?x"), .refused), (RelayRequest(deployment: "other"), .refused),
        (RelayRequest(deployment: nil), .refused), (RelayRequest(declaredLength: "1"), .protocolViolation),
        (RelayRequest(declaredLength: "3"), .protocolViolation),
        (RelayRequest(declaredLength: "+2"), .protocolViolation),
        (RelayRequest(declaredLength: "2, 2"), .protocolViolation),
        (RelayRequest(declaredLength: ""), .protocolViolation),
        (RelayRequest(declaredLength: "99999999999999999999"), .protocolViolation),
    ])
    func whatIsNotForwarded(request: RelayRequest, code: ApplicationErrorCode) throws {
        let stand = try ForwarderStand()
        stand.receive(request)
        #expect(stand.stream.abandoned == code)
        #expect(stand.opener.exchanges.isEmpty)
        #expect(stand.stream.credit == request.bytes.readableBytes)
        #expect(stand.inFlight == 0)
    }

    @Test func bytesThatAreNoRequest() throws {
        let stand = try ForwarderStand()
        stand.receive(ByteBuffer(bytes: [0x3F, 1, 2, 3]))
        #expect(stand.stream.abandoned == .protocolViolation)
    }

    /// A value with a line end would be another header, or another request, at the model server.
    @Test(arguments: ["x\r\nx-evil: 1", "x\ny", "x\u{0}y"])
    func aValueThatEndsItsLine(value: String) throws {
        let stand = try ForwarderStand()
        stand.receive(RelayRequest(fields: [("content-type", value)]))
        #expect(stand.stream.abandoned == .protocolViolation)
        #expect(stand.opener.exchanges.isEmpty)
    }

    @Test func aDeploymentThatIsNoLongerServed() throws {
        let stand = try ForwarderStand()
        stand.forwarding.serve([])
        stand.lane.serve(stand.forwarding.table)
        stand.receive()
        #expect(stand.stream.abandoned == .refused)
    }

    @Test func anAnswerBeforeTheRequestIsComplete() throws {
        let stand = try ForwarderStand()
        let part = String(repeating: "x", count: Forwarder.gathered + 1)
        stand.receive(RelayRequest(content: [part], hasEnd: false).bytes)
        stand.exchange.begin(413)
        stand.exchange.say("too large")
        stand.exchange.end()
        stand.exchange.readComplete()
        #expect(try stand.stream.answer().head?.status == 413)
        #expect(stand.stream.isFinished)
        #expect(stand.stream.stopped == ApplicationErrorCode.none)
        #expect(stand.stream.abandoned == nil)
        // What is still under way costs nothing and goes nowhere.
        let credit = stand.stream.credit
        stand.receive(RelayRequest.chunk("more"))
        #expect(stand.stream.credit == credit + 5)
        #expect(stand.exchange.body.count == part.count)
    }
}
