import NIOCore
import Testing
import TunnelProtocol

@testable import Upstream

/// Forwarders with a real server on loopback.
struct LoopbackForwardingTests {
    private static let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

    private static func chunk(_ text: String) -> String {
        String(text.utf8.count, radix: 16) + "\r\n\(text)\r\n"
    }

    @Test func tokensPassAsTheyCome() async throws {
        let server = try await ModelServer.start()
        let call = try await LoopbackCall("http://127.0.0.1:\(server.port)/v1")
        try await call.ask(#"{"a":1}"#)
        let peer = try await server.next()
        let request = try await peer.request()
        #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:\(server.port)\r\n"))
        #expect(request.hasSuffix("\r\n\r\n{\"a\":1}"))
        try await peer.send(Self.head)
        try await call.waits("the head") { $0.answer.head != nil }
        for number in 1...5 {
            try await peer.send(Self.chunk("data: \(number)\n\n"))
            try await call.waits("token \(number)") { $0.answer.chunks.count == number }
        }
        try await peer.send("0\r\n\r\n")
        let sight = try await call.waits("the end") { $0.isFinished && $0.inFlight == 0 }
        #expect(sight.answer.text == "data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: 5\n\n")
        #expect(sight.abandoned == nil)
        #expect(sight.inFlight == 0)
        call.forwarding.closeIdle()
        try await peer.closed()
        await server.stop()
    }

    @Test(arguments: [0, 1, 2])
    func aCallerWhoLeavesStopsTheModel(chunksBefore: Int) async throws {
        let server = try await ModelServer.start()
        let call = try await LoopbackCall("http://127.0.0.1:\(server.port)")
        try await call.ask()
        let peer = try await server.next()
        _ = try await peer.request()
        if chunksBefore > 0 {
            try await peer.send(Self.head)
            for _ in 0..<chunksBefore { try await peer.send(Self.chunk("x")) }
            try await call.waits("the chunks") { $0.answer.text.utf8.count == chunksBefore }
        }
        try await call.cancel()
        try await peer.closed()
        let sight = try await call.waits("the connection is forgotten") { $0.connections == 0 }
        #expect(sight.abandoned == .cancelled)
        #expect(sight.inFlight == 0)
        await server.stop()
    }

    @Test(arguments: [false, true])
    func aServerThatBreaksOff(afterHead: Bool) async throws {
        let server = try await ModelServer.start()
        let call = try await LoopbackCall("http://127.0.0.1:\(server.port)")
        try await call.ask()
        let peer = try await server.next()
        _ = try await peer.request()
        if afterHead { try await peer.send(Self.head + Self.chunk("half")) }
        peer.close()
        let sight = try await call.waits("the end") { $0.abandoned != nil }
        #expect(sight.abandoned == .upstreamFailed)
        try await call.waits("the connection is forgotten") { $0.connections == 0 }
        await server.stop()
    }

    @Test func aServerThatIsNotThere() async throws {
        let server = try await ModelServer.start()
        await server.stop()
        let call = try await LoopbackCall("http://127.0.0.1:\(server.port)")
        try await call.ask()
        let sight = try await call.waits("the end") { $0.abandoned != nil }
        #expect(sight.abandoned == .upstreamUnreachable)
        try await call.waits("the connection is forgotten") { $0.connections == 0 }
    }

    /// A caller who does not read holds up his own answer only, and little of it waits here.
    @Test func aSlowCallerBoundsWhatIsRead() async throws {
        let server = try await ModelServer.start()
        let call = try await LoopbackCall("http://127.0.0.1:\(server.port)")
        try await call.ask()
        let peer = try await server.next()
        _ = try await peer.request()
        try await call.setWritable(false)
        let total = 16 * 1024 * 1024
        try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: \(total)\r\n\r\n")
        let piece = String(repeating: "x", count: 1024 * 1024)
        let sending = Task { for _ in 0..<16 { try await peer.send(piece) } }
        try await call.waits("something was read") { $0.sent > 0 }
        // What is read before the reading stops is one burst, however long the server goes on.
        var before = -1
        var now = try await call.sight.sent
        while now != before {
            before = now
            try await call.eventLoop.scheduleTask(in: .milliseconds(50)) {}.futureResult.get()
            now = try await call.sight.sent
        }
        #expect(now < 1024 * 1024, "\(now) bytes were read")
        try await call.setWritable(true)
        let sight = try await call.waits("the whole answer") { $0.isFinished }
        #expect(sight.answer.text.utf8.count == total)
        try await sending.value
        call.forwarding.closeIdle()
        await server.stop()
    }

    /// A server that does not read holds back the credit of the upload.
    @Test func aSlowServerBoundsTheUpload() async throws {
        let server = try await ModelServer.start(readsOn: false, receiveBuffer: 64 * 1024)
        let call = try await LoopbackCall("http://127.0.0.1:\(server.port)")
        let piece = RelayRequest.chunk(String(repeating: "x", count: 64 * 1024))
        var sent = RelayRequest(content: [], hasEnd: false).bytes.readableBytes
        try await call.receive(RelayRequest(content: [], hasEnd: false).bytes, isFinal: false)
        // As the relay would: no more than one window ahead of the credit.
        var isStuck = false
        while !isStuck, sent < 256 * 1024 * 1024 {
            let credit = try await call.sight.credit
            if sent - credit + piece.readableBytes <= 1024 * 1024 {
                try await call.receive(piece, isFinal: false)
                sent += piece.readableBytes
            } else {
                try await call.eventLoop.scheduleTask(in: .milliseconds(100)) {}.futureResult.get()
                isStuck = try await call.sight.credit == credit
            }
        }
        // The kernel's buffers took some; here waits one window at most.
        #expect(isStuck)
        let peer = try await server.next()
        try await call.cancel()
        let sight = try await call.sight
        #expect(sight.credit == sent)
        try await peer.channel.setOption(.autoRead, value: true).get()
        try await peer.closed()
        try await call.waits("the connection is forgotten") { $0.connections == 0 }
        await server.stop()
    }

    @Test func aServerThatAnswersBeforeItHasReadTheBody() async throws {
        let server = try await ModelServer.start()
        let call = try await LoopbackCall("http://127.0.0.1:\(server.port)")
        let part = String(repeating: "x", count: Forwarder.gathered + 1)
        try await call.receive(RelayRequest(content: [part], hasEnd: false).bytes, isFinal: false)
        let peer = try await server.next()
        try await peer.answer("too large", status: "413 Too Large", headers: "connection: close\r\n")
        let sight = try await call.waits("the answer") { $0.isFinished }
        #expect(sight.answer.head?.status == 413)
        #expect(sight.answer.text == "too large")
        #expect(sight.abandoned == nil)
        try await peer.closed()
        try await call.waits("the connection is forgotten") { $0.connections == 0 }
        await server.stop()
    }

    /// Many callers who come and leave at every moment leave nothing behind.
    @Test func callersWhoComeAndGo() async throws {
        let server = try await ModelServer.start()
        let serving = Task {
            while true {
                let peer = try await server.next()
                Task {
                    while true {
                        _ = try await peer.request()
                        try await peer.send(Self.head)
                        for _ in 0..<Int.random(in: 0...4) { try await peer.send(Self.chunk("x")) }
                        if Bool.random() { try await peer.send("0\r\n\r\n") }
                    }
                }
            }
        }
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SeededDice(seed: seed)
        for _ in 0..<200 {
            let call = try await LoopbackCall("http://127.0.0.1:\(server.port)")
            try await call.ask()
            for _ in 0..<Int.random(in: 0...60, using: &dice) { await Task.yield() }
            try await call.cancel()
            call.forwarding.closeIdle()
            let sight = try await call.waits("nothing is left (seed \(seed))") { $0.connections == 0 }
            #expect(sight.inFlight == 0, "seed \(seed)")
            #expect(sight.isFinished || sight.abandoned != nil, "seed \(seed)")
        }
        serving.cancel()
        await server.stop()
    }
}

/// SplitMix64 from a seed that a failure prints.
struct SeededDice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
