import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import Sockets
import TestSupport
import Testing

@testable import Ingress

/// Over real sockets: what a connection without TLS writes past its channel, and what goes through it.
@Suite("Writing past the channel")
struct PlainSocketTests {
    @Test(
        "what the kernel takes goes past the channel, the rest through it, and all of it comes in order",
        .timeLimit(.minutes(1))
    )
    func order() async throws {
        try await Self.withConnection { server, caller in
            var expected = ByteBuffer()
            var received = ByteBuffer()
            for _ in 0..<3 {
                // Nothing waits: the channel sees nothing of it.
                let before = try await server.passed()
                expected.writeImmutableBuffer(try await server.write(18, of: Self.copied))
                received.writeImmutableBuffer(
                    try await Self.take(expected.readableBytes - received.readableBytes, from: caller)
                )
                #expect(try await server.passed() == before)

                // The kernel takes no more: the channel keeps the rest, and whatever comes behind it.
                try await caller.pauseReading()
                while try await server.waiting() == 0 {
                    expected.writeImmutableBuffer(try await server.write(18, of: Self.copied))
                }
                expected.writeImmutableBuffer(try await server.write(20, of: Self.copied + [4_097, 30_000]))
                #expect(try await server.passed() > before)
                try await caller.resumeReading()
                received.writeImmutableBuffer(
                    try await Self.take(expected.readableBytes - received.readableBytes, from: caller)
                )
                #expect(received == expected)
                try await eventually("the channel is empty") { try await server.waiting() == 0 }
            }
        }
    }

    @Test(
        "nothing is sent on a connection that was closed, whoever has its descriptor by then",
        .timeLimit(.minutes(1))
    )
    func closed() async throws {
        try await Self.withConnection { server, _ in
            try await server.channel.close()
            var ends: [CInt] = [-1, -1]
            try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
            defer { for end in ends { Glibc.close(end) } }
            let taken = ends[0]
            let sent = try await server.channel.eventLoop.submit {
                PlainSocket(server.channel, descriptor: taken).send(ByteBuffer(string: "late"))
            }.get()
            #expect(sent == 0)
            var byte: UInt8 = 0
            #expect(recv(ends[1], &byte, 1, CInt(MSG_DONTWAIT)) == -1)
            _ = try await server.write(3, of: Self.copied)
            #expect(try await server.passed() == 0)
        }
    }

    @Test("a channel that has no socket has none to write to")
    func embedded() throws {
        let channel = EmbeddedChannel()
        #expect(PlainSocket(channel) == nil)
    }
}

extension PlainSocketTests {
    /// Sizes of chunks that are copied into one write, in bytes; larger ones go through the channel by themselves.
    private static let copied = [1, 15, 16, 200, 4_095, 4_096]

    /// The end that writes.
    private struct Server: Sendable {
        let channel: any Channel
        let merger: NIOLoopBound<WriteMerger>
        let count: NIOLoopBound<PassedWrites>

        /// Writes chunks of some sizes in turn, flushed one by one, two by two and so on.
        /// - Returns: what is to come of them.
        func write(_ chunks: Int, of sizes: [Int]) async throws -> ByteBuffer {
            try await self.channel.eventLoop.submit {
                let merger = self.merger.value
                var expected = ByteBuffer()
                for number in 0..<chunks {
                    let size = sizes[number % sizes.count]
                    let chunk = ByteBuffer(repeating: UInt8(ascii: "a") + UInt8(number % 26), count: size)
                    merger.write(chunk: chunk)
                    expected.writeString(String(size, radix: 16) + "\r\n")
                    expected.writeImmutableBuffer(chunk)
                    expected.writeString("\r\n")
                    if number % (1 + number / 6) == 0 { merger.flush() }
                }
                merger.flush()
                return expected
            }.get()
        }

        /// How many writes have come to the channel.
        func passed() async throws -> Int {
            try await self.channel.eventLoop.submit { self.count.value.writes }.get()
        }

        /// How many bytes wait in the channel.
        func waiting() async throws -> Int {
            try await self.channel.getOption(.bufferedWritableBytes).get()
        }
    }

    /// Counts what the channel is given to write.
    private final class PassedWrites: ChannelOutboundHandler {
        typealias OutboundIn = IOData

        private(set) var writes = 0

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            self.writes += 1
            context.write(data, promise: promise)
        }
    }

    private static func withConnection(
        _ body: @Sendable @escaping (Server, WireConnection) async throws -> Void
    ) async throws {
        let servers = Mailbox<Server>()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.socketOption(.so_sndbuf), value: 16_384)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let loop = IngressLoop(eventLoop: channel.eventLoop, number: 0)
                    let (merger, count) = (WriteMerger(loop: loop, isPlain: true), PassedWrites())
                    try channel.pipeline.syncOperations.addHandlers(count, merger)
                    servers.put(
                        Server(
                            channel: channel,
                            merger: NIOLoopBound(merger, eventLoop: channel.eventLoop),
                            count: NIOLoopBound(count, eventLoop: channel.eventLoop)
                        )
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await withDeadline(50, "everything has come") {
            let caller = try await WireConnection.open(to: "127.0.0.1", port: port, tls: nil, receiveBuffer: 65_536)
            let server = try #require(try await servers.next())
            try await eventually("the connection is active") { server.channel.isActive }
            try await body(server, caller)
        }
        try await listener.close()
    }

    private static func take(_ count: Int, from caller: WireConnection) async throws -> ByteBuffer {
        var taken = ByteBuffer()
        while taken.readableBytes < count, let bytes = try await caller.received.next() {
            taken.writeImmutableBuffer(bytes)
        }
        return taken
    }
}
