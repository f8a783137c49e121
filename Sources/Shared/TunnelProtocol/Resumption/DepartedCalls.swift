package import NIOCore

/// What became of calls that a connector has nothing more to do with, for as long as a relay may ask. A pure value.
///
/// Who asks for a call that was never heard of is told that it was not started, and may start it again: nothing else keeps a model from
/// generating twice. So a call that was started is not forgotten before nobody can ask, and when there are more of them than are
/// remembered, none is said to be unheard of. And a call that was said to be so must not be started by a request that comes late.
package struct DepartedCalls {
    /// How many are remembered.
    package let capacity: Int
    /// For how long a relay may ask.
    package let memory: TimeAmount

    private var codes: [CallStreamName: ApplicationErrorCode] = [:]
    private var order: [(name: CallStreamName, at: NIODeadline)] = []
    private var first = 0
    private var blindUntil = NIODeadline.uptimeNanoseconds(0)

    package init(capacity: Int = 4_096, memory: TimeAmount = .seconds(300)) {
        self.capacity = capacity
        self.memory = memory
    }

    package var isEmpty: Bool { self.codes.isEmpty }

    /// A call has ended in a way that its relay may not have heard of.
    package mutating func note(_ name: CallStreamName, _ code: ApplicationErrorCode, now: NIODeadline) {
        if self.codes.updateValue(code, forKey: name) != nil { return }
        self.order.append((name, now))
        self.forgetOld(now: now)
    }

    /// What became of a call, if that is known.
    package func code(of name: CallStreamName) -> ApplicationErrorCode? { self.codes[name] }

    /// What a relay is told that asks for a call which is not there; from now on it never will be.
    package mutating func answer(for name: CallStreamName, now: NIODeadline) -> ApplicationErrorCode {
        if let code = self.codes[name] { return code }
        let code: ApplicationErrorCode = now < self.blindUntil ? .lost : .refused
        self.note(name, code, now: now)
        return code
    }

    private mutating func forgetOld(now: NIODeadline) {
        while self.first < self.order.count {
            let oldest = self.order[self.first]
            let isOld = now - oldest.at >= self.memory
            guard isOld || self.codes.count > self.capacity else { break }
            if !isOld { self.blindUntil = max(self.blindUntil, oldest.at + self.memory) }
            self.codes[oldest.name] = nil
            self.first += 1
        }
        if self.first >= 64, self.first * 2 >= self.order.count {
            self.order.removeFirst(self.first)
            self.first = 0
        }
    }
}
