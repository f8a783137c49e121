private import FoundationEssentials
import NIOCore

/// Where calls to the demo model begin: inside this process, on no port at all.
final class DemoServer: ExchangeOpener {
    let eventLoop: any EventLoop
    /// Exchanges that are under way.
    private(set) var connectionCount = 0
    private let secondsSince1970: () -> Int

    init(eventLoop: any EventLoop, secondsSince1970: @escaping () -> Int = DemoServer.now) {
        self.eventLoop = eventLoop
        self.secondsSince1970 = secondsSince1970
    }

    func open(for receiver: any AnswerReceiver) -> UpstreamOpening {
        self.connectionCount += 1
        return .open(DemoExchange(server: self, receiver: receiver, created: self.secondsSince1970()))
    }

    func closeIdle() {}

    func forget(_ exchange: DemoExchange) {
        self.connectionCount -= 1
    }

    private static func now() -> Int { Int(Date().timeIntervalSince1970) }
}
