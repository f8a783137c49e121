package import NIOCore
internal import NIOHTTP1
private import NIOPosix

/// One request that reached a ``ScriptedUpstream``, and the pen for its answer.
package final class UpstreamCall: Sendable {
    package let method: String
    /// The request target as it was sent.
    package let target: String
    /// As they came: order and case kept.
    let headers: HTTPHeaders
    /// The body, byte for byte.
    package let body: [UInt8]
    /// Happens when the connection is gone, whoever closed it.
    package let disconnected: Event<Void>
    /// The number of the connection that brought the call, counted from 1.
    package let connection: Int

    private let channel: any Channel
    private let closesAfterAnswer: Bool

    init(
        head: HTTPRequestHead,
        body: [UInt8],
        channel: any Channel,
        disconnected: Event<Void>,
        connection: Int,
        closesAfterAnswer: Bool
    ) {
        self.method = head.method.rawValue
        self.target = head.uri
        self.headers = head.headers
        self.body = body
        self.channel = channel
        self.disconnected = disconnected
        self.connection = connection
        self.closesAfterAnswer = closesAfterAnswer
    }

    /// The body as JSON; `null` when it is none.
    package var json: JSONValue { (try? JSONValue(self.body)) ?? .null }
    /// The body as text.
    package var text: String { String(decoding: self.body, as: UTF8.self) }
    /// The value of a header, whatever its case.
    package func header(_ name: String) -> String? { self.headers.first(name: name) }
    /// The request target without its query.
    package var path: String { String(self.target.prefix { $0 != "?" }) }

    // MARK: Answering

    /// Answers at once and whole.
    package func answer(
        _ body: String,
        status: Int = 200,
        type: String = "application/json",
        headers: [(String, String)] = []
    ) async throws {
        try await self.answer(bytes: ByteBuffer(string: body), status: status, type: type, headers: headers)
    }

    /// Answers at once and whole.
    package func answer(
        bytes: ByteBuffer,
        status: Int = 200,
        type: String = "application/json",
        headers: [(String, String)] = []
    ) async throws {
        var fields = [("content-type", type), ("content-length", "\(bytes.readableBytes)")] + headers
        if self.closesAfterAnswer { fields.append(("connection", "close")) }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: HTTPHeaders(fields))
        try await self.untilClosed {
            self.channel.write(HTTPServerResponsePart.head(head), promise: nil)
            self.channel.write(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
            return self.channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        }
        if self.closesAfterAnswer { self.drop() }
    }

    /// Begins an answer whose body comes in chunks.
    package func begin(
        _ status: Int = 200,
        type: String = "text/event-stream",
        headers: [(String, String)] = []
    ) async throws {
        let fields = [("content-type", type), ("transfer-encoding", "chunked")] + headers
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: HTTPHeaders(fields))
        try await self.untilClosed { self.channel.writeAndFlush(HTTPServerResponsePart.head(head)) }
    }

    /// Sends one chunk of the body and waits until the kernel has it.
    package func send(_ text: String) async throws {
        try await self.send(bytes: ByteBuffer(string: text))
    }

    /// Sends one chunk of the body and waits until the kernel has it.
    package func send(bytes: ByteBuffer) async throws {
        try await self.untilClosed { self.channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(bytes))) }
    }

    /// Sends one server-sent event with this data.
    package func send(event data: String) async throws {
        try await self.send("data: \(data)\n\n")
    }

    /// Ends a body that came in chunks.
    ///
    /// Behind `[DONE]` nobody waits for the end: whoever has read that may have closed the connection already.
    package func end() async throws {
        do {
            try await self.untilClosed { self.channel.writeAndFlush(HTTPServerResponsePart.end(nil)) }
        } catch ChannelError.ioOnClosedChannel {}
        if self.closesAfterAnswer { self.drop() }
    }

    // MARK: Misbehaving

    /// Writes bytes past the HTTP encoder.
    package func sendRaw(_ text: String) async throws {
        try await self.untilClosed {
            self.channel.pipeline.context(handlerType: HTTPResponseEncoder.self).flatMap { context in
                context.writeAndFlush(NIOAny(ByteBuffer(string: text)))
            }
        }
    }

    /// Closes the connection where the answer stands.
    package func drop() {
        self.channel.close(promise: nil)
    }

    /// Closes the connection so that the other side is told of a reset (`SO_LINGER` 0).
    package func reset() {
        let channel = self.channel
        channel.eventLoop.execute {
            guard let socket = channel as? any SocketOptionProvider else { return channel.close(promise: nil) }
            socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    /// Waits for a write; a cancelled wait closes the connection, which ends the write too.
    private func untilClosed(_ write: () -> EventLoopFuture<Void>) async throws {
        let future = write()
        try await withTaskCancellationHandler {
            try await future.get()
        } onCancel: {
            self.channel.close(promise: nil)
        }
    }
}
