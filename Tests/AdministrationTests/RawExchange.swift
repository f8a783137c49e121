internal import NIOCore
private import NIOPosix

@testable import Administration

/// One request over the socket, written as it goes over the wire.
struct RawAnswer: Sendable {
    var status: Int
    /// Names in lower case.
    var fields: [String: String]
    var body: String

    init(_ text: String) {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        self.status = lines.first.flatMap { Int($0.dropFirst(9).prefix(3)) } ?? 0
        self.fields = Dictionary(
            lines.dropFirst().map { line in
                let pair = line.split(separator: ":", maxSplits: 1)
                return (pair[0].lowercased(), String(pair[1].drop { $0 == " " }))
            },
            uniquingKeysWith: { $1 }
        )
        self.body = parts.count > 1 ? String(parts[1]) : ""
    }
}

/// Sends a request to the API and reads its answer to the end.
func ask(_ socket: String, _ method: String, _ path: String, _ body: String = "") async throws -> RawAnswer {
    try await exchange(
        socket,
        "\(method) \(AdministrationAPI.basePath)\(path) HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
    )
}

/// Sends bytes and reads until the other side closes.
func exchange(_ socket: String, _ text: String) async throws -> RawAnswer {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connect(unixDomainSocketPath: socket) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    return try await channel.executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(string: text))
        var answer = ByteBuffer()
        for try await var bytes in inbound { answer.writeBuffer(&bytes) }
        return RawAnswer(String(buffer: answer))
    }
}
