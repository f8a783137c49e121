private import Administration
private import FoundationEssentials
private import Glibc
internal import NIOCore
internal import NIOHTTP1
private import NIOPosix
internal import Terminal

extension AdministrationClient {
    /// Sends one request over a connection of its own.
    ///
    /// - Returns: the head and the whole body of the answer, whatever they are.
    /// - Throws: ``Complaint`` when there is no answer.
    func exchange(
        _ method: HTTPMethod,
        _ path: [String],
        query: String = "",
        body: (any Encodable)?
    ) async throws(Complaint) -> (HTTPResponseHead, ByteBuffer) {
        let uri = AdministrationAPI.basePath + path.map { "/" + PathSegment.encode($0) }.joined() + query
        let start = ContinuousClock.now
        do {
            var head = HTTPRequestHead(version: .http1_1, method: method, uri: uri)
            head.headers = ["host": "localhost", "connection": "close", "accept": "application/json"]
            var content: ByteBuffer?
            if let body {
                let bytes = ByteBuffer(bytes: try AdministrationJSON.encoder().encode(body))
                head.headers.add(name: "content-type", value: "application/json")
                head.headers.add(name: "content-length", value: "\(bytes.readableBytes)")
                content = bytes
            }
            return try await self.exchange(head, content)
        } catch let failure as Complaint {
            throw failure
        } catch {
            throw await self.failure(for: error, after: ContinuousClock.now - start)
        }
    }

    private func exchange(
        _ head: HTTPRequestHead,
        _ content: ByteBuffer?
    ) async throws -> (HTTPResponseHead, ByteBuffer) {
        let channel = try await self.connect()
        // Closing the connection ends the exchange below, wherever it waits.
        let deadline = channel.channel.eventLoop.scheduleTask(in: self.timeout) { [channel = channel.channel] in
            channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        return try await channel.executeThenClose { answers, requests in
            // At once: the relay may answer and close as soon as it has the head of a request without a body.
            let body = content.map { [HTTPClientRequestPart.body(.byteBuffer($0))] } ?? []
            try await requests.write(contentsOf: [.head(head)] + body + [.end(nil)])
            var answer: HTTPResponseHead?
            var bytes = ByteBuffer()
            for try await part in answers {
                switch part {
                case .head(let head):
                    answer = head
                case .body(var piece):
                    bytes.writeBuffer(&piece)
                    guard bytes.readableBytes <= self.answerLimit else {
                        throw Complaint("the relay's answer is larger than expected")
                    }
                case .end:
                    if let answer { return (answer, bytes) }
                }
            }
            throw ChannelError.eof
        }
    }

    private func connect() async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
        let path = DataDirectory(path: self.data).administration
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connectTimeout(self.timeout)
        return try await bootstrap.connect(unixDomainSocketPath: path) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }
    }

    /// Whether a relay is there that is administered no more: where calls are paid for it ends before the other one begins.
    private func isLeaving() async -> Bool {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connectTimeout(.seconds(2))
        let path = DataDirectory(path: self.data).handover
        guard let channel = try? await bootstrap.connect(unixDomainSocketPath: path).get() else { return false }
        try? await channel.close()
        return true
    }

    private func failure(for error: any Error, after elapsed: Duration) async -> Complaint {
        if let error = error as? IOError {
            switch error.errnoCode {
            case ENOENT, ECONNREFUSED, ENOTDIR:
                if await self.isLeaving() {
                    return Complaint(
                        "the relay on \(self.data) is giving its place to another one, and ends behind its last call: ask"
                            + " again when the other one serves"
                    )
                }
                return Complaint(
                    "no relay is running on \(self.data): start it with adit-relay serve --data \(self.data), or name"
                        + " its data directory with --data"
                )
            case EACCES, EPERM:
                return Complaint(
                    "the relay on \(self.data) belongs to another user: run this command as that user"
                )
            default: break
            }
        }
        if elapsed >= .nanoseconds(self.timeout.nanoseconds) {
            return Complaint("the relay on \(self.data) did not answer in time")
        }
        return Complaint("the relay on \(self.data) gave no answer: \(error)")
    }
}
