import Dialects
import Gateway
import Ledger
import NIOCore
import Synchronization
import Vocabulary

/// Remembers the calls that ended.
final class Ended: CallObserver {
    let records = Mutex<[CallRecord]>([])

    func callResumed() {}
    func callLost() {}
    func callEnded(_ record: CallRecord) { self.records.withLock { $0.append(record) } }
    func callWaits(_ deployment: DeploymentName, for reason: WaitReason) {}
    func callWaited(_ wait: CallWait) {}
}

extension CallRecord.Outcome {
    /// The status that goes with it where none was sent before.
    var status: Int {
        switch self {
        case .completed: 200
        case .refusedByUpstream: 400
        case .clientGone: 499
        case .failed(let code): code.status
        }
    }
}

/// Does all at once.
struct NoWork: Workshop {
    func run<Product: Sendable>(_ work: @escaping @Sendable () throws -> Product) async throws -> Product {
        try work()
    }
}

/// A caller that reads nothing.
final class Deaf: CallResponder {
    var isWritable: Bool { false }
    func beginStream(_ type: StreamType, keepsBody: Bool) {}
    func write(_ bytes: ByteBuffer) {}
    func flush() {}
    func endStream() {}
    func respond(status: Int, pieces: [ByteBuffer], retryAfter: Int?) {}
    func respond(_ error: GatewayError) {}
}

/// A caller that keeps the errors it is told.
final class Answered: CallResponder {
    private(set) var errors: [GatewayError] = []

    var isWritable: Bool { true }
    func beginStream(_ type: StreamType, keepsBody: Bool) {}
    func write(_ bytes: ByteBuffer) {}
    func flush() {}
    func endStream() {}
    func respond(status: Int, pieces: [ByteBuffer], retryAfter: Int?) {}
    func respond(_ error: GatewayError) { self.errors.append(error) }
}

/// Hears nothing of the ledger.
struct Unheard: LedgerObserver {
    func released(afterCrash count: Int) {}
    func writingFailed(_ reason: String, entries: Int) {}
    func writingWorks() {}
    func released(expired count: Int) {}
    func recordsDropped(_ count: Int) {}
}
