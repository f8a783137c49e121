import Dialects
import NIOCore
import Vocabulary

/// A question for a number of tokens that no model server is asked.
final class Estimation: OpenCall {
    private let call: Call
    private let observer: any CallObserver
    private weak var responder: (any CallResponder)?

    init(of call: Call, observer: any CallObserver, responder: any CallResponder) {
        self.call = call
        self.observer = observer
        self.responder = responder
    }

    func start() {
        guard let count = self.call.estimate else { return }
        self.responder?.respond(count: count, isExact: false)
        self.observer.callEnded(
            CallRecord(of: self.call, .completed, status: 200, bytesOut: count.readableBytes, isUnserved: true)
        )
    }

    func callerLeft() {}

    func callerWritable() {}
}
