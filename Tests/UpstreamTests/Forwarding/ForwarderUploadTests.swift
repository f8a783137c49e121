import NIOCore
import Testing
import TunnelProtocol

@testable import Upstream

/// Bodies that do not come in one piece, and servers that do not take them at once.
struct ForwarderUploadTests {
    private static let large = String(repeating: "x", count: Forwarder.gathered)

    @Test func aBodyIsGatheredUntilItsLengthIsKnown() throws {
        let stand = try ForwarderStand()
        stand.receive(RelayRequest(content: ["a"], hasEnd: false).bytes)
        stand.receive(RelayRequest.chunk("b"))
        #expect(stand.opener.exchanges.isEmpty)
        #expect(stand.stream.credit == 0)
        #expect(stand.inFlight == 1)
        stand.receive(RelayRequest.end, isFinal: true)
        #expect(stand.exchange.head?["content-length"] == ["2"])
        #expect(stand.exchange.body == "ab")
    }

    @Test func aLargeBodyIsStreamed() throws {
        let stand = try ForwarderStand()
        stand.receive(RelayRequest(content: [Self.large], hasEnd: false).bytes)
        #expect(stand.opener.exchanges.isEmpty)
        stand.receive(RelayRequest.chunk("!"))
        #expect(stand.exchange.head?["transfer-encoding"] == ["chunked"])
        #expect(stand.exchange.body == Self.large + "!")
        #expect(!stand.exchange.isComplete)
        let flushes = stand.exchange.flushes
        stand.receive(RelayRequest.chunk("?"))
        #expect(stand.exchange.flushes == flushes + 1)
        stand.receive(RelayRequest.end, isFinal: true)
        #expect(stand.exchange.isComplete)
        #expect(stand.exchange.body == Self.large + "!?")
    }

    @Test func aLargeBodyOfKnownLength() throws {
        let stand = try ForwarderStand()
        let length = Self.large.utf8.count + 2
        stand.receive(RelayRequest(declaredLength: "\(length)", content: [Self.large, "!"], hasEnd: false).bytes)
        #expect(stand.exchange.head?["content-length"] == ["\(length)"])
        #expect(stand.exchange.head?["transfer-encoding"] == [])
        stand.receive(RelayRequest.chunk("?"))
        stand.receive(RelayRequest.end, isFinal: true)
        #expect(stand.exchange.isComplete)
        #expect(stand.stream.abandoned == nil)
    }

    /// More would be read as another request; less would leave the server waiting.
    @Test(arguments: ["??", ""])
    func aLengthThatWasALie(rest: String) throws {
        let stand = try ForwarderStand()
        let length = Self.large.utf8.count + 2
        stand.receive(RelayRequest(declaredLength: "\(length)", content: [Self.large, "!"], hasEnd: false).bytes)
        if !rest.isEmpty { stand.receive(RelayRequest.chunk(rest)) }
        stand.receive(RelayRequest.end, isFinal: true)
        #expect(stand.stream.abandoned == .protocolViolation)
        #expect(stand.exchange.isClosed)
        #expect(!stand.exchange.isComplete)
        #expect(!stand.exchange.body.hasSuffix("?"))
    }

    @Test func creditComesBackWhenTheServerTookTheBytes() throws {
        let stand = try ForwarderStand()
        let first = RelayRequest(content: [Self.large, "!"], hasEnd: false).bytes
        stand.receive(first)
        #expect(stand.stream.credit == first.readableBytes)
        stand.exchange.isWritable = false
        stand.receive(RelayRequest.chunk("abc"))
        stand.receive(RelayRequest.chunk("def"))
        #expect(stand.stream.credit == first.readableBytes)
        stand.exchange.isWritable = true
        stand.forwarder.exchangeWritable()
        #expect(stand.stream.credit == first.readableBytes + 8)
    }

    @Test func whatComesWhileConnectingWaits() throws {
        let stand = try ForwarderStand()
        stand.opener.opensAtOnce = false
        let first = RelayRequest(content: [Self.large, "!"], hasEnd: false).bytes
        stand.receive(first)
        stand.receive(RelayRequest.chunk("abc"))
        stand.receive(RelayRequest.end, isFinal: true)
        #expect(stand.stream.credit == 0)
        let exchange = try stand.opener.succeed()
        // Complete by now: its length is known after all.
        #expect(exchange.head?["content-length"] == ["\(Self.large.utf8.count + 4)"])
        #expect(exchange.body == Self.large + "!abc")
        #expect(exchange.isComplete)
        #expect(stand.stream.credit == first.readableBytes + 4 + RelayRequest.end.readableBytes)
    }

    @Test func aSlowCallerStopsTheReading() throws {
        let stand = try ForwarderStand()
        stand.receive()
        stand.exchange.begin()
        stand.exchange.say("a")
        stand.exchange.readComplete()
        #expect(!stand.exchange.isPaused)
        stand.stream.isWritable = false
        stand.exchange.say("b")
        stand.exchange.readComplete()
        #expect(stand.exchange.isPaused)
        stand.exchange.say("c")
        stand.exchange.readComplete()
        stand.stream.isWritable = true
        stand.forwarder.streamWritable()
        #expect(!stand.exchange.isPaused)
        stand.exchange.end()
        stand.exchange.readComplete()
        #expect(try stand.stream.answer().chunks == ["a", "b", "c"])
        #expect(stand.stream.isFinished)
    }
}
