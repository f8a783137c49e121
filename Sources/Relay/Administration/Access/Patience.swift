private import Synchronization
internal import Vocabulary

/// Who has failed to sign in how often: the first few failures cost nothing, each further one twice the wait.
struct Patience: Sendable {
    /// What failures are counted for.
    enum Subject: Hashable, Sendable {
        /// Where they come from, of version 6 its first 64 bits.
        case address(UInt128)
        /// Which account they are for, whether it exists or not.
        case account(String)

        init(_ address: NetworkAddress) {
            self = .address(address.subscriber)
        }

        fileprivate var free: Int {
            switch self {
            case .address: 20
            case .account: 5
            }
        }
    }

    private struct Failures {
        var count = 0
        var last = 0
    }

    /// After how many seconds without a failure all is forgotten.
    static let memory = 900
    /// The longest wait in seconds: longer ones would let anybody keep a user out.
    static let longest = 60
    static let mostSubjects = 20_000

    private var failures: [Subject: Failures] = [:]

    /// How many seconds a subject has to wait; 0 when it may try now.
    func wait(for subject: Subject, now: Int) -> Int {
        guard let failures = self.failures[subject], failures.count > subject.free else { return 0 }
        let delay = min(Self.longest, 1 << min(failures.count - subject.free - 1, 10))
        return max(0, failures.last + delay - now)
    }

    /// Notes an attempt as failed; it is noted before its password is looked at, so that many at once gain nothing.
    mutating func note(_ subject: Subject, now: Int) {
        if self.failures[subject] == nil, self.failures.count >= Self.mostSubjects {
            self.failures = self.failures.filter { now - $0.value.last < Self.memory }
            guard self.failures.count < Self.mostSubjects else { return }
        }
        var failures = self.failures[subject] ?? Failures()
        if now - failures.last >= Self.memory { failures.count = 0 }
        failures.count = min(failures.count + 1, 1_000)
        failures.last = now
        self.failures[subject] = failures
    }

    /// It was no failure after all, and what came before is forgiven.
    mutating func forgive(_ subject: Subject) {
        self.failures[subject] = nil
    }
}

/// Holds up those who fail again and again.
final class Doorkeeper: Sendable {
    private let patience = Mutex(Patience())

    /// Notes an attempt, or says how many seconds to wait before one is looked at.
    func attempt(_ subjects: [Patience.Subject], now: Int) -> Int? {
        self.patience.withLock { patience in
            let wait = subjects.map { patience.wait(for: $0, now: now) }.max() ?? 0
            guard wait == 0 else { return wait }
            for subject in subjects { patience.note(subject, now: now) }
            return nil
        }
    }

    func succeed(_ subjects: [Patience.Subject]) {
        self.patience.withLock { patience in
            for subject in subjects { patience.forgive(subject) }
        }
    }
}
