private import FoundationEssentials
private import Glibc
internal import Ingress
private import NIOPosix
private import Terminal
internal import Vocabulary

/// The relay whose place this one takes: it serves until it is told to leave.
final class Predecessor: Sendable {
    let facts: HandoverFacts
    let sockets: [ListeningSocket]
    /// The lock of the data directory, which both have from now on.
    let lock: DataLock?
    private let connection: CInt

    private init(facts: HandoverFacts, sockets: [ListeningSocket], lock: DataLock?, connection: CInt) {
        self.facts = facts
        self.sockets = sockets
        self.lock = lock
        self.connection = connection
    }

    deinit {
        _ = close(self.connection)
    }

    /// What calls could be made for.
    var served: [DeploymentName] { self.facts.deployments.compactMap { DeploymentName($0) } }

    /// Asks the relay of a data directory for its place, and for copies of the sockets that it listens on.
    /// - Returns: `nil` when none runs there.
    static func ask(in data: DataDirectory) async throws -> Predecessor? {
        try await NIOThreadPool.singleton.runIfActive { try Self.ask(data.handover) }
    }

    /// Has it leave: it accepts nothing more when this returns, sends connectors here, and ends behind its last call.
    ///
    /// One that has gone meanwhile, or does not answer, has left.
    func leave() async throws {
        let bytes = Array(HandoverWord.leave.utf8)
        guard write(self.connection, bytes, bytes.count) == bytes.count else { return }
        try await NIOThreadPool.singleton.runIfActive {
            Self.limitWaiting(of: self.connection, toSeconds: 10)
            _ = try? DescriptorPassing.receive(HandoverWord.left.utf8.count, from: self.connection)
            // Its end may take as long as its last call.
            Self.limitWaiting(of: self.connection, toSeconds: 0)
        }
    }

    /// Waits until its process has ended.
    func isGone() async throws {
        try await NIOThreadPool.singleton.runIfActive {
            var byte: UInt8 = 0
            while true {
                let count = read(self.connection, &byte, 1)
                guard count > 0 || (count < 0 && errno == EINTR) else { return }
            }
        }
    }

    private static func ask(_ path: String) throws -> Predecessor? {
        let connection = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard connection >= 0 else { throw DescriptorPassing.Failure("make a socket") }
        do {
            guard try Self.connect(connection, to: path) else {
                _ = close(connection)
                return nil
            }
            let question = Array(HandoverWord.ask.utf8)
            guard write(connection, question, question.count) == question.count else {
                throw DescriptorPassing.Failure("ask the relay that runs for its place")
            }
            // It ends first what it is changing, such as a line of passwords that are hashed; calls go on there meanwhile.
            Self.limitWaiting(of: connection, toSeconds: 60)
            let (header, descriptors) = try DescriptorPassing.receive(HandoverFacts.headerLength, from: connection)
            let facts: HandoverFacts
            do {
                guard let length = HandoverFacts.length(header) else {
                    throw Complaint("what answers on \(path) is no relay that can give its place")
                }
                let body = try DescriptorPassing.receive(length, from: connection).bytes
                facts = try JSONDecoder().decode(HandoverFacts.self, from: Data(body))
                guard facts.listening.count + (facts.givesLock == true ? 1 : 0) == descriptors.count else {
                    throw Complaint("the relay that runs gave \(descriptors.count) descriptors: start it anew")
                }
            } catch {
                for descriptor in descriptors { _ = close(descriptor) }
                throw error
            }
            let sockets = zip(facts.listening, descriptors).map { address, descriptor in
                ListeningSocket(host: address.host, port: address.port, descriptor: descriptor)
            }
            let lock = facts.givesLock == true ? descriptors.last.map { DataLock(given: $0) } : nil
            return Predecessor(facts: facts, sockets: sockets, lock: lock, connection: connection)
        } catch {
            _ = close(connection)
            throw error
        }
    }

    /// For how long anything is waited for on a socket; 0 is for ever.
    private static func limitWaiting(of connection: CInt, toSeconds seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        _ = setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// - Returns: `false` when nobody listens there.
    private static func connect(_ connection: CInt, to path: String) throws -> Bool {
        var address = sockaddr_un()
        address.sun_family = .init(AF_UNIX)
        let bytes = Array(path.utf8) + [0]
        guard bytes.count <= MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                systemConnect(connection, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result == 0 { return true }
        if errno == ENOENT || errno == ECONNREFUSED { return false }
        throw DescriptorPassing.Failure("reach the relay that runs at \(path)")
    }
}

private let systemConnect = Glibc.connect
