import NIOCore
import NIOEmbedded
import Testing
import TunnelProtocol

@testable import Upstream

/// A call whose tunnel dies under it.
struct ForwarderResumptionTests {
    private static let fields = [("content-type", "application/json"), ("adit-stream", "1")]

    /// A call that may go on elsewhere, with its request on the way to the server.
    private func stand(isWhole: Bool = true) throws -> ForwarderStand {
        let stand = try ForwarderStand()
        stand.receive(RelayRequest(fields: Self.fields, hasEnd: isWhole).bytes)
        return stand
    }

    /// The relay asks for the rest of the call's answer, in another tunnel.
    private func ask(
        _ stand: ForwarderStand,
        stream number: Int = 2,
        started: Int = 1,
        at offset: Int,
        isLeaving: Bool = false,
        in lane: ForwardingLane? = nil
    ) -> FakeStream {
        let request = ResumeRequest(
            name: CallStreamName(call: "req_1", stream: started),
            stream: number,
            offset: UInt64(offset)
        )
        let stream = FakeStream()
        let forwarder = Forwarder(lane: lane ?? stand.lane, stream: stream, isLeaving: isLeaving)
        forwarder.streamReceived(request.encode(), isFinal: false)
        forwarder.streamReadComplete()
        return stream
    }

    @Test func theAnswerGoesOnWhereItWas() throws {
        let stand = try self.stand()
        stand.exchange.begin(200, type: "text/event-stream")
        stand.exchange.say("first")
        stand.exchange.readComplete()
        let before = stand.stream.sent
        stand.forwarder.streamLost()
        #expect(stand.forwarding.keptCalls == 1 && stand.forwarding.suspendedCalls == 1)
        #expect(!stand.exchange.isClosed)
        stand.exchange.say("second")
        stand.exchange.readComplete()
        #expect(stand.stream.sent == before)

        // The relay has all but the last three bytes of what was sent.
        let stream = self.ask(stand, at: before.readableBytes - 3)
        #expect(stream.heir === stand.forwarder)
        #expect(stand.forwarding.keptCalls == 1 && stand.forwarding.suspendedCalls == 0)
        stand.exchange.say("third")
        stand.exchange.end()
        stand.exchange.readComplete()
        var whole = before
        whole.moveWriterIndex(to: whole.writerIndex - 3)
        whole.writeImmutableBuffer(stream.sent)
        let answer = try FakeStream.Answer(whole)
        #expect(answer.text == "firstsecondthird")
        #expect(answer.isComplete)
        #expect(stream.isFinished)
        #expect(stand.opener.exchanges.count == 1)
    }

    @Test func aWholeAnswerIsKeptUntilTheRelayHasIt() throws {
        let stand = try self.stand()
        stand.exchange.answer("whole")
        #expect(stand.stream.isFinished)
        #expect(stand.inFlight == 0)
        stand.forwarder.streamLost()
        let stream = self.ask(stand, at: 0)
        #expect(try FakeStream.Answer(stream.sent).text == "whole")
        #expect(stream.isFinished)
        // The relay says that it has everything.
        stand.forwarder.streamReset(code: ApplicationErrorCode.none.rawValue)
        #expect(stand.forwarder.isOver && stand.forwarding.keptCalls == 0)
        #expect(!stand.exchange.isClosed)
        #expect(self.ask(stand, stream: 3, at: 0).abandoned == .refused)
    }

    @Test func aTunnelOfWhichOnlyTheRelayKnowsThatItIsDead() throws {
        let stand = try self.stand()
        stand.exchange.begin(200, type: "text/event-stream")
        stand.exchange.readComplete()
        let stream = self.ask(stand, at: stand.stream.sent.readableBytes)
        #expect(stand.stream.abandoned == ApplicationErrorCode.none)
        stand.exchange.say("here")
        stand.exchange.readComplete()
        #expect(stream.sent.readableBytes > 0)
        // What the old one asks late changes nothing.
        #expect(self.ask(stand, stream: 2, at: 0).abandoned == .lost)
        #expect(stream.abandoned == nil)
    }

    /// - Parameter isKnown: whether this end knows that the tunnel is dead when the relay, which does, asks.
    @Test(arguments: [true, false])
    func aRequestThatDidNotComeWholeWasNeverMade(isKnown: Bool) throws {
        let stand = try self.stand(isWhole: false)
        if isKnown { stand.forwarder.streamLost() }
        #expect(stand.opener.exchanges.isEmpty)
        #expect(self.ask(stand, at: 0).abandoned == .refused)
        #expect(stand.inFlight == 0)
        // The rest of it comes late, out of the old tunnel: not a second time.
        let late = FakeStream()
        let forwarder = Forwarder(lane: stand.lane, stream: late)
        forwarder.streamReceived(RelayRequest(fields: Self.fields).bytes, isFinal: true)
        #expect(late.abandoned == .refused)
        #expect(stand.opener.exchanges.isEmpty)
        // The relay's own second try is another one.
        let again = FakeStream()
        let second = Forwarder(lane: stand.lane, stream: again)
        second.streamReceived(RelayRequest(fields: [("adit-stream", "3")]).bytes, isFinal: false)
        #expect(again.abandoned == nil)
        #expect(stand.opener.exchanges.count == 1)
    }

    /// How a call ends that went on in a tunnel of another event loop.
    enum FarEnd: CaseIterable {
        case relayHasAll, callerLeaves, serverBreaksOff, tunnelDies
    }

    @Test(arguments: FarEnd.allCases)
    func nothingHoldsACallThatWentOnOnAnotherEventLoop(end: FarEnd) throws {
        weak var forwarder: Forwarder?
        weak var farStream: FarStream?
        weak var stream: FakeStream?
        weak var farEnd: FarStreamEnd?
        do {
            let stand = try self.stand()
            let farLoop = EmbeddedEventLoop()
            let farLane = ForwardingLane(forwarding: stand.forwarding, openers: [], identities: [], eventLoop: farLoop)
            stand.exchange.begin(200, type: "text/event-stream")
            stand.exchange.readComplete()
            stand.forwarder.streamLost()
            let there = self.ask(stand, at: 0, in: farLane)
            let heir = try #require(there.heir as? FarStreamEnd)
            (forwarder, stream, farEnd) = (stand.forwarder, there, heir)
            stand.loop.run()
            farStream = try #require(stand.forwarder.stream as? FarStream)
            stand.exchange.say("here")
            switch end {
            case .relayHasAll:
                stand.exchange.end()
                stand.exchange.readComplete()
                farLoop.run()
                #expect(try FakeStream.Answer(there.sent).text == "here")
                #expect(there.isFinished)
                heir.streamStopped(code: ApplicationErrorCode.none.rawValue)
            case .callerLeaves:
                heir.streamStopped(code: ApplicationErrorCode.cancelled.rawValue)
            case .serverBreaksOff:
                stand.exchange.receiver?.answerBroke(UpstreamFault.closed)
            case .tunnelDies:
                heir.streamLost()
                stand.loop.run()
                stand.loop.advanceTime(by: stand.lane.keeping.time)
            }
            stand.loop.run()
            farLoop.run()
            stand.loop.run()
            #expect(stand.forwarder.isOver)
            #expect(there.abandoned != nil)
        }
        #expect(forwarder == nil)
        #expect(farStream == nil)
        #expect(stream == nil)
        #expect(farEnd == nil)
    }

    @Test func noCallWaitsForATunnelThatCannotCome() throws {
        let stand = try self.stand()
        stand.exchange.answer("whole")
        stand.forwarder.streamLost()
        stand.forwarding.giveUpSuspended()
        stand.loop.run()
        #expect(stand.forwarder.isOver)
    }

    @Test func whatBecameOfACallMeanwhileIsTold() throws {
        let stand = try self.stand()
        stand.exchange.begin(200, type: "text/event-stream")
        stand.exchange.readComplete()
        stand.forwarder.streamLost()
        stand.exchange.receiver?.answerBroke(UpstreamFault.closed)
        #expect(self.ask(stand, at: 0).abandoned == .upstreamFailed)
    }

    @Test func whatIsKeptIsBoundedInSizeAndTime() throws {
        let stand = try self.stand()
        stand.exchange.begin(200, type: "text/event-stream")
        stand.exchange.readComplete()
        stand.forwarder.streamLost()
        let piece = String(repeating: "x", count: 64 * 1_024)
        var said = 0
        while !stand.exchange.isPaused, said < 100 {
            stand.exchange.say(piece)
            stand.exchange.readComplete()
            said += 1
        }
        #expect(said == 16)
        stand.loop.advanceTime(by: .seconds(29))
        #expect(!stand.exchange.isClosed)
        stand.loop.advanceTime(by: .seconds(1))
        #expect(stand.exchange.isClosed)
        #expect(stand.inFlight == 0)
        #expect(self.ask(stand, at: 0).abandoned == .lost)
    }

    @Test func aConnectorThatLeavesStillGoesOn() throws {
        let stand = try self.stand()
        stand.exchange.begin(200, type: "text/event-stream")
        stand.exchange.readComplete()
        stand.forwarder.streamLost()
        let stream = self.ask(stand, at: 0, isLeaving: true)
        #expect(stream.abandoned == nil)
        #expect(stream.sent.readableBytes > 0)
        let new = FakeStream()
        let forwarder = Forwarder(lane: stand.lane, stream: new, isLeaving: true)
        forwarder.streamReceived(RelayRequest().bytes, isFinal: true)
        #expect(new.abandoned == .draining)
    }

    @Test func whoAsksTooLateIsNotToldThatNothingWasStarted() throws {
        let stand = try self.stand()
        // No byte of an answer yet: the relay could have the request made again without a caller noticing.
        stand.forwarder.streamLost()
        stand.forwarding.kept.giveUpSuspended(since: .now())
        stand.loop.run()
        #expect(stand.exchange.isClosed)
        #expect(self.ask(stand, at: 0).abandoned == .lost)
    }

    @Test func whoAsksInTimeIsNotGivenUp() throws {
        let stand = try self.stand()
        stand.forwarder.streamLost()
        stand.forwarding.kept.giveUpSuspended(since: .now())
        // Before the call's event loop has come to it.
        let stream = self.ask(stand, at: 0)
        stand.loop.run()
        #expect(!stand.exchange.isClosed)
        #expect(stream.abandoned == nil)
    }

    @Test func whoeverHasLeftIsNotWaitedFor() throws {
        let stand = try self.stand()
        stand.exchange.begin(200, type: "text/event-stream")
        stand.exchange.readComplete()
        stand.forwarder.streamLost()
        stand.forwarding.cancel([CallStreamName(call: "req_1", stream: 1)])
        stand.loop.run()
        #expect(stand.exchange.isClosed)
    }

    @Test func noCallTakesThePlaceOfAnother() throws {
        let stand = try self.stand()
        stand.exchange.begin(200, type: "text/event-stream")
        stand.exchange.readComplete()
        let other = FakeStream()
        let forwarder = Forwarder(lane: stand.lane, stream: other)
        forwarder.streamReceived(RelayRequest(fields: Self.fields).bytes, isFinal: false)
        #expect(other.abandoned == .protocolViolation)
        stand.forwarder.streamLost()
        #expect(self.ask(stand, at: 0).heir === stand.forwarder)
        #expect(stand.opener.exchanges.count == 1)
    }

    @Test(arguments: [0, 129, 100_000])
    func aNameThatIsTooLongIsNotRemembered(length: Int) throws {
        let stand = try ForwarderStand()
        stand.receive(RelayRequest(call: String(repeating: "c", count: length), fields: Self.fields).bytes)
        #expect(stand.stream.abandoned == .protocolViolation)
        #expect(stand.opener.exchanges.isEmpty)
    }

    @Test func withoutTheFieldACallEndsWithItsTunnel() throws {
        let stand = try ForwarderStand()
        stand.receive()
        stand.exchange.begin(200, type: "text/event-stream")
        stand.exchange.readComplete()
        stand.forwarder.streamLost()
        #expect(stand.exchange.isClosed)
        #expect(stand.forwarder.isOver)
    }
}
