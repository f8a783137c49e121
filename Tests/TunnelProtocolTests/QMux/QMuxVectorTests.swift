import NIOCore
import Testing

@testable import TunnelProtocol

/// What goes over the wire, byte by byte.
@Suite("QMux: vectors")
struct QMuxVectorTests {
    private static var small: QMux.Settings {
        var settings = QMux.Settings()
        settings.idleTimeout = 30_000
        settings.connectionWindow = 1_000
        settings.streamWindow = 50
        settings.concurrentStreams = 3
        return settings
    }

    // MARK: Out

    @Test func theParametersAreSaidFirstAndOnce() {
        let connector = End(.connector, Self.small)
        #expect(
            connector.digits()
                == Wire.written(
                    "ff5153300d0a0d0a 20",
                    "01 04 80007530  04 02 43e8  05 01 32  06 01 32  08 01 03  c571c59429cd0845 04 80010000"
                )
        )
        #expect(!connector.hasOutput)
    }

    @Test func aDefaultIsNotSaid() {
        var settings = QMux.Settings()
        settings.connectionWindow = 0
        settings.streamWindow = 0
        settings.concurrentStreams = 0
        settings.maximumRecordSize = 1
        #expect(End(.relay, settings).digits() == Wire.written("ff5153300d0a0d0a 00"))
    }

    @Test func streamsOfTheRelay() {
        let relay = End.greeted(.relay)
        #expect(relay.open() == 1)
        #expect(relay.open() == 5)
        relay.send("abc", on: 1)
        #expect(relay.digits() == Wire.written("0a 01 03 616263"))
        relay.send("de", on: 1, isFinal: true)
        relay.send("", on: 5, isFinal: true)
        #expect(relay.digits() == Wire.written("0f 01 03 02 6465", "0b 05 00"))
    }

    @Test func streamsOfTheConnector() {
        let connector = End.greeted(.connector)
        #expect(connector.open() == 0)
        #expect(connector.open() == 4)
        connector.send("a", on: 4, isFinal: true)
        connector.send("b", on: 0)
        #expect(connector.digits() == Wire.written("0b 04 01 61", "0a 00 01 62"))
        connector.send("", on: 0)
        #expect(!connector.hasOutput)
        connector.send("", on: 0, isFinal: true)
        #expect(connector.digits() == Wire.written("0f 00 01 00"))
    }

    @Test func endsOfStreams() {
        let relay = End.greeted(.relay)
        relay.open()
        relay.send("abc", on: 1)
        _ = relay.output()
        relay.send("never sent", on: 1)
        relay.reset(1, code: 300)
        relay.stopSending(1, code: 6)
        #expect(relay.digits() == Wire.written("04 01 412c 03", "05 01 06"))
    }

    @Test func creditsAndPings() {
        let relay = End.greeted(.relay, Self.small)
        relay.receive(Wire.record(Wire.stream(0, at: 0, String(repeating: "a", count: 25))))
        relay.receive(Wire.record("f48c67529ef8c7bd 05"))
        #expect(relay.happenings().count == 2)
        relay.consume(25, on: 0)
        #expect(relay.ping() == 1)
        #expect(relay.digits() == Wire.written("f48c67529ef8c7be 05", "f48c67529ef8c7bd 01", "11 00 404b"))
        relay.receive(Wire.record("f48c67529ef8c7be 01"))
        #expect(relay.happenings() == [.answeredPing(1)])
    }

    @Test func maximumDataAndStreams() {
        var settings = Self.small
        settings.connectionWindow = 10
        settings.concurrentStreams = 2
        let relay = End.greeted(.relay, settings)
        relay.receive(Wire.record(Wire.stream(0, at: 0, "12345", isFinal: true)))
        _ = relay.happenings()
        relay.reset(0, code: 0)
        #expect(relay.digits() == Wire.written("10 0f", "12 03", "04 00 00 00"))
    }

    @Test func closes() {
        let connector = End.greeted(.connector)
        connector.close(.init(isApplication: true, code: 7, reason: "no"))
        #expect(connector.digits() == Wire.written("1d 07 02 6e6f"))
        let relay = End.greeted(.relay)
        relay.close(.init(isApplication: false, code: 0x0A, frameType: 0x10, reason: ""))
        #expect(relay.digits() == Wire.written("1c 0a 10 00"))
        let silent = End.greeted(.relay)
        silent.close(.init(isApplication: false, code: 0, reason: String(repeating: "ä", count: 400)))
        #expect(silent.digits() == Wire.written("1c 00 00 4200", String(repeating: "c3a4", count: 256)))
    }

    @Test func anEndBeforeTheParametersSaysThemStill() {
        let relay = End(.relay, Self.small)
        relay.close(.init(isApplication: true, code: 0, reason: ""))
        let said = relay.digits()
        #expect(said.hasPrefix("402c" + "ff5153300d0a0d0a"))
        #expect(said.hasSuffix("1d0000"))
    }
}
