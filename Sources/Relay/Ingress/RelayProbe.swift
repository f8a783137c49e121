import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import TunnelTransport
import Vocabulary

/// An answer in pieces at known times, by which a connector sees what the way does to answers. Costs a timer and nothing else.
final class RelayProbe: OpenCall {
    private let plan: ProbePlan
    private let eventLoop: any EventLoop
    private let introduction: String
    private weak var responder: (any CallResponder)?
    private var next: Scheduled<Void>?
    private var sent = 0

    /// - Parameter introduction: the first piece, one line of JSON.
    init(
        _ plan: ProbePlan,
        introduction: String,
        eventLoop: any EventLoop,
        answeringTo responder: any CallResponder
    ) {
        self.plan = plan
        self.introduction = introduction
        self.eventLoop = eventLoop
        self.responder = responder
    }

    func start() {
        self.responder?.beginStream(.events)
        self.say(self.introduction)
        self.wait(self.plan.silence)
    }

    func callerLeft() { self.next?.cancel() }
    func callerWritable() {}

    private func wait(_ milliseconds: Int) {
        self.next = self.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) {
            self.say(#"{"piece":\#(self.sent)}"#)
            self.sent += 1
            guard self.sent < self.plan.pieces else {
                self.responder?.endStream()
                return
            }
            self.wait(self.plan.every)
        }
    }

    private func say(_ text: String) {
        self.responder?.write(ByteBuffer(string: "data: \(text)\n\n"))
        self.responder?.flush()
    }
}

extension CallHandler {
    /// A connector examines its way here: its token is checked first, then the relay answers with what it sees.
    func probe(_ head: HTTPRequestHead, query: Substring) {
        if let refusal = self.site.tunnels.refusal(
            ofToken: head.headers.first(name: "authorization"),
            from: self.address
        ) {
            return self.respond(refusal)
        }
        self.pendingProbe = ProbePlan(Target.fields(of: query))
    }

    /// The request is whole.
    func startProbe(_ plan: ProbePlan) {
        self.phase = .answering
        let address = self.address.map(\.description) ?? "unknown"
        let probe = RelayProbe(
            plan,
            introduction: #"{"adit":"probe","tls":\#(self.origin.isTLS),"address":"\#(address)"}"#,
            eventLoop: self.loop.lane.eventLoop,
            answeringTo: self
        )
        self.call = probe
        probe.start()
    }
}
