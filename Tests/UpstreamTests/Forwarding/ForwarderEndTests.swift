import NIOCore
import Testing
import TunnelProtocol

@testable import Upstream

/// Every way that a call ends before its answer is complete, at every moment.
struct ForwarderEndTests {
    enum Moment: CaseIterable {
        case headIncomplete, gathering, connecting, uploading, waitingForAnswer, answering
    }

    enum Leaving: CaseIterable {
        case reset, stopped, closed
    }

    /// Brings a call to a moment.
    private func stand(at moment: Moment) throws -> (ForwarderStand, received: Int) {
        let stand = try ForwarderStand()
        var bytes = RelayRequest(content: ["body"], hasEnd: false).bytes
        var received = 0
        let receive = { (bytes: ByteBuffer) in
            received += bytes.readableBytes
            stand.receive(bytes)
        }
        switch moment {
        case .headIncomplete:
            bytes.moveWriterIndex(to: 20)
            receive(bytes)
        case .gathering:
            receive(bytes)
        case .connecting:
            stand.opener.opensAtOnce = false
            receive(bytes)
            receive(RelayRequest.end)
        case .uploading:
            receive(bytes)
            receive(RelayRequest.chunk(String(repeating: "x", count: Forwarder.gathered)))
            stand.exchange.isWritable = false
            receive(RelayRequest.chunk("more"))
        case .waitingForAnswer, .answering:
            receive(bytes)
            receive(RelayRequest.end)
            if moment == .answering {
                stand.exchange.begin()
                stand.exchange.say("a")
                stand.exchange.readComplete()
                stand.exchange.say("not sent yet")
            }
        }
        return (stand, received)
    }

    @Test(arguments: Moment.allCases, Leaving.allCases)
    func theCallerLeaves(moment: Moment, leaving: Leaving) throws {
        let (stand, received) = try self.stand(at: moment)
        let leave = {
            switch leaving {
            case .reset: stand.forwarder.streamReset(code: ApplicationErrorCode.cancelled.rawValue)
            case .stopped: stand.forwarder.streamStopped(code: ApplicationErrorCode.cancelled.rawValue)
            case .closed: stand.forwarder.streamClosed()
            }
        }
        leave()
        #expect(!stand.opener.exchanges.contains { !$0.isClosed })
        #expect(stand.opener.connectionCount == 0)
        #expect(stand.stream.abandoned == .cancelled)
        #expect(stand.stream.credit == received)
        #expect(stand.inFlight == 0)
        #expect(stand.forwarding.callsInFlight(at: 0) == 0)
        // Nothing that comes afterwards does anything.
        leave()
        let sent = stand.stream.pieces.count
        stand.receive(ByteBuffer(string: "late"))
        #expect(stand.stream.credit == received + 4)
        stand.forwarder.streamWritable()
        stand.forwarder.streamReadComplete()
        stand.forwarder.exchangeWritable()
        stand.forwarder.answerReadComplete()
        stand.forwarder.answerBroke(UpstreamFault.closed)
        stand.forwarder.exchangeFailedToOpen(UpstreamFault.closed)
        #expect(stand.stream.pieces.count == sent)
        #expect(stand.inFlight == 0)
        // A connection that is made too late is closed.
        if moment == .connecting {
            let late = FakeExchange(stand.forwarder)
            stand.forwarder.exchangeOpened(late)
            #expect(late.isClosed)
            #expect(late.head == nil)
        }
    }

    @Test func theServerCannotBeReached() throws {
        let (stand, received) = try self.stand(at: .connecting)
        stand.opener.fail()
        #expect(stand.stream.abandoned == .upstreamUnreachable)
        #expect(stand.stream.credit == received)
        #expect(stand.inFlight == 0)
    }

    @Test(arguments: [Moment.uploading, .waitingForAnswer, .answering])
    func theServerBreaksOff(moment: Moment) throws {
        let (stand, received) = try self.stand(at: moment)
        stand.forwarder.answerBroke(UpstreamFault.closed)
        #expect(stand.stream.abandoned == .upstreamFailed)
        #expect(stand.stream.credit == received)
        #expect(stand.inFlight == 0)
        #expect(!stand.stream.isFinished)
    }

    @Test func aStatusThatIsNone() throws {
        let (stand, _) = try self.stand(at: .waitingForAnswer)
        stand.exchange.begin(777)
        #expect(stand.stream.abandoned == .upstreamFailed)
        #expect(stand.exchange.isClosed)
    }

    @Test func nothingHoldsACallThatIsOver() throws {
        for moment in Moment.allCases {
            weak var forwarder: Forwarder?
            weak var stream: FakeStream?
            do {
                let (stand, _) = try self.stand(at: moment)
                stand.forwarder.streamReset(code: 1)
                stand.forwarder.streamClosed()
                forwarder = stand.forwarder
                stream = stand.stream
            }
            #expect(forwarder == nil, "\(moment)")
            #expect(stream == nil, "\(moment)")
        }
    }
}
