import NIOCore
import Testing

@testable import TunnelProtocol

/// Both sides of an answer, with tunnels between them that die at any byte; every byte arrives once and in order.
struct ResumptionModelTests {
    @Test func everyByteArrivesOnceWhateverDies() throws {
        let seed = Seed.next()
        print("ADIT_SEED=\(seed.value)")
        var numbers = seed.numbers
        for round in 0..<400 {
            var model = Model(&numbers)
            while !model.isDone {
                model.step(&numbers)
                if let complaint = model.complaint {
                    Issue.record("round \(round), ADIT_SEED=\(seed.value): \(complaint)")
                    return
                }
            }
            #expect(model.arrived == model.answer.count)
        }
    }

    /// One call: what the model server has said, what is on the wire, what has arrived.
    private struct Model {
        let answer: [UInt8]
        var kept: KeptAnswer
        var progress = AnswerProgress(call: "call")
        var produced = 0
        var isPaused = false
        /// On the way to the relay, on the stream that exists now.
        var wire: [UInt8] = []
        var hasEndOnWire = false
        var isUp = true
        var arrived = 0
        var hasEnd = false
        /// What the relay's reader has taken of this stream, and what the connector knows of it.
        var taken = 0
        var told = 0
        /// Requests of streams that have died, which come late.
        var late: [ResumeRequest] = []
        var complaint: String?
        var clock: Int64 = 0

        init(_ numbers: inout some RandomNumberGenerator) {
            self.answer = (0..<Int.random(in: 0...4_000, using: &numbers)).map {
                UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8)
            }
            self.kept = KeptAnswer(stream: 1, capacity: Int.random(in: 1...600, using: &numbers))
            self.progress.start()
        }

        var isDone: Bool { self.hasEnd || self.complaint != nil }

        mutating func step(_ numbers: inout some RandomNumberGenerator) {
            self.clock += 1
            switch Int.random(in: 0..<100, using: &numbers) {
            case 0..<35: self.produce(Int.random(in: 0...60, using: &numbers))
            case 35..<70: self.deliver(Int.random(in: 1...90, using: &numbers))
            case 70..<80: self.take(Int.random(in: 0...90, using: &numbers))
            case 80..<84: self.told = self.taken
            case 84..<90: if self.told > 0 { self.kept.taken(UInt64(self.told)) }
            case 90..<95: self.die()
            case 95: self.sayLate(&numbers)
            default: if !self.isUp { self.goOn() }
            }
            // A model server that waits goes on when there is room, as its driver sees to.
            if self.kept.isCarried { self.isPaused = self.wire.count > 500 } else { self.isPaused = !self.kept.hasRoom }
        }

        private mutating func produce(_ count: Int) {
            guard !self.isPaused, !self.kept.isComplete else { return }
            let piece = self.answer[self.produced..<min(self.produced + count, self.answer.count)]
            self.produced += piece.count
            let isFinal = self.produced == self.answer.count
            self.kept.append(ByteBuffer(bytes: piece), isFinal: isFinal)
            guard self.kept.isCarried else {
                if self.kept.count > self.kept.capacity + 600 { self.complaint = "\(self.kept.count) bytes are kept" }
                return
            }
            self.wire += piece
            if isFinal { self.hasEndOnWire = true }
        }

        private mutating func deliver(_ count: Int) {
            guard self.isUp else { return }
            for byte in self.wire.prefix(count) {
                guard self.arrived < self.answer.count, byte == self.answer[self.arrived] else {
                    self.complaint = "byte \(self.arrived) is another one"
                    return
                }
                self.arrived += 1
                self.progress.receive(1)
            }
            self.wire.removeFirst(min(count, self.wire.count))
            if self.wire.isEmpty, self.hasEndOnWire { self.hasEnd = true }
        }

        /// The relay's caller reads: never more than has come on this stream.
        private mutating func take(_ count: Int) {
            let onThis = self.arrived - self.base
            self.taken = min(onThis, self.taken + count)
        }

        private var base = 0

        private mutating func die() {
            guard self.isUp else { return }
            self.isUp = false
            self.wire = []
            self.hasEndOnWire = false
            self.taken = 0
            self.told = 0
            self.progress.lose(now: .uptimeNanoseconds(0) + .seconds(self.clock))
            // Either end may be the first to notice.
            if self.clock % 2 == 0 { self.kept.lose() }
        }

        private mutating func goOn() {
            let request = self.progress.resume()
            if self.clock % 3 == 0 {
                // This one dies before it gets there, and may get there later.
                self.late.append(request)
                self.progress.lose(now: .uptimeNanoseconds(0) + .seconds(self.clock))
                return
            }
            self.isUp = true
            self.taken = 0
            self.told = 0
            self.base = self.arrived
            switch self.kept.resume(on: request.stream, at: request.offset) {
            case .send(let pieces, let isFinal):
                self.wire = pieces.flatMap { Array($0.readableBytesView) }
                self.hasEndOnWire = isFinal
            case .outdated: self.complaint = "the newest request is outdated"
            case .impossible: self.complaint = "\(request.offset) is not within \(self.kept.start)…\(self.kept.end)"
            }
        }

        private mutating func sayLate(_ numbers: inout some RandomNumberGenerator) {
            guard self.isUp, let request = self.late.randomElement(using: &numbers),
                request.stream < self.progress.opened
            else { return }
            guard case .outdated = self.kept.resume(on: request.stream, at: request.offset) else {
                self.complaint = "a late request has taken the answer away"
                return
            }
        }
    }
}

struct AnswerProgressTests {
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test func patienceCountsFromTheFirstLossOn() {
        var progress = AnswerProgress(call: "c")
        progress.start()
        #expect(!progress.isTooLate(now: self.at(100), patience: .seconds(30)))
        progress.lose(now: self.at(10))
        progress.lose(now: self.at(20))
        #expect(!progress.isTooLate(now: self.at(39), patience: .seconds(30)))
        #expect(progress.isTooLate(now: self.at(40), patience: .seconds(30)))
        _ = progress.resume()
        progress.lose(now: self.at(40))
        #expect(!progress.isTooLate(now: self.at(69), patience: .seconds(30)))
    }

    @Test func theQuestionSaysWhatIsThere() {
        var progress = AnswerProgress(call: "c")
        progress.start()
        progress.receive(3)
        progress.lose(now: self.at(0))
        let first = progress.resume()
        #expect(first == ResumeRequest(name: CallStreamName(call: "c", stream: 1), stream: 2, offset: 3))
        progress.receive(4)
        #expect(progress.resume().offset == 7)
        // The request was sent anew: what came before counts no more.
        progress.start()
        #expect(progress.name == CallStreamName(call: "c", stream: 4))
        #expect(!progress.isResumed)
        #expect(progress.resume().offset == 0)
    }

    @Test func theQuestionIsReadAsItIsWritten() throws {
        let request = ResumeRequest(name: CallStreamName(call: "req_1", stream: 2), stream: 5, offset: 1 << 40)
        var decoder = BinaryHTTP.Decoder(.request)
        decoder.receive(request.encode())
        guard case .requestHead(let head) = try decoder.next() else {
            Issue.record("there is no head")
            return
        }
        #expect(ResumeRequest(head) == request)
        guard case .end = try decoder.next() else {
            Issue.record("there is no end")
            return
        }
    }

    @Test(arguments: ["adit-call", "adit-started", "adit-stream", "adit-offset"])
    func aQuestionThatLacksSomethingIsNone(missing: String) {
        var fields = [("adit-call", "c"), ("adit-started", "1"), ("adit-stream", "2"), ("adit-offset", "0")]
        fields.removeAll { $0.0 == missing }
        let head = BinaryHTTP.RequestHead(
            method: "RESUME",
            scheme: "http",
            authority: "upstream",
            path: "/",
            fields: fields.map { .init(name: $0.0, value: $0.1) }
        )
        #expect(ResumeRequest(head) == nil)
    }

    @Test(arguments: [(0, false), (1, true), (128, true), (129, false), (100_000, false)])
    func aCallsIdIsShort(length: Int, isOne: Bool) {
        let name = CallStreamName(call: String(repeating: "c", count: length), stream: 1)
        var decoder = BinaryHTTP.Decoder(.request)
        decoder.receive(ResumeRequest(name: name, stream: 2, offset: 0).encode())
        guard case .requestHead(let head)? = try? decoder.next() else {
            Issue.record("there is no head")
            return
        }
        #expect((ResumeRequest(head) != nil) == isOne)
    }
}
