private import Synchronization

/// Callers that call without a pause, streamed and whole in turn, until they are told to stop; every answer is looked at.
///
/// The model server's side is the script `steady`: see ``serve(on:)``.
package final class SteadyLoad: Sendable {
    private let answered = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)
    private let complaints = Mutex<[String]>([])
    private let callers = Mutex<[Task<Void, Never>]>([])
    private let caller: HTTPCaller
    /// Whether each caller keeps its connection, as SDKs do.
    private let isKept: Bool

    private static let words = (0..<8).map { " word\($0)" }

    /// Has a model server answer as this load expects it.
    /// - Parameter pause: between two words, in milliseconds.
    package static func serve(on upstream: ScriptedUpstream, pause: Int = 15) {
        upstream.script("steady") { call in
            guard call.json["stream"] == .bool(true) else {
                try await Task.sleep(for: .milliseconds(pause * Self.words.count))
                return try await call.answer(UpstreamCall.chat(Self.words.joined()))
            }
            try await call.begin()
            for word in Self.words {
                try await call.send(event: UpstreamCall.words(word))
                try await Task.sleep(for: .milliseconds(pause))
            }
            try await call.finishStream()
        }
    }

    /// Begins to call.
    package init(_ caller: HTTPCaller, callers: Int, keepsConnections: Bool = false) {
        self.caller = caller
        self.isKept = keepsConnections
        let tasks = (0..<callers).map { number in Task { await self.call(number) } }
        self.callers.withLock { $0 = tasks }
    }

    /// How many answers were as they should be.
    package var good: Int { self.answered.load(ordering: .relaxed) }
    /// What was wrong with the others.
    package var failures: [String] { self.complaints.withLock { $0 } }

    /// Waits until so many more calls were answered, well or badly.
    package func goesOn(_ calls: Int = 40) async throws {
        let goal = self.good + calls
        try await eventually(within: 60, "\(calls) more calls are answered") {
            self.good >= goal || !self.failures.isEmpty
        }
    }

    /// Begins no more calls, and waits for those that run.
    package func stop() async {
        self.stopping.store(true, ordering: .relaxed)
        for task in self.callers.withLock({ $0 }) { await task.value }
    }

    private func call(_ number: Int) async {
        var turn = number
        var kept: WireConnection?
        while !self.stopping.load(ordering: .relaxed), self.failures.count < 20 {
            turn += 1
            let isStreamed = turn % 2 == 0
            do {
                if kept == nil { kept = try await self.caller.connect() }
                guard let connection = kept else { continue }
                let (answer, stays) = try await self.ask(isStreamed, on: connection)
                kept = stays ? connection : nil
                if !stays { connection.leave() }
                try Self.examine(answer, isStreamed)
                self.answered.add(1, ordering: .relaxed)
            } catch {
                kept?.leave()
                kept = nil
                self.complaints.withLock {
                    $0.append("caller \(number), \(isStreamed ? "streamed" : "whole"): \(error)")
                }
            }
        }
        kept?.leave()
    }

    private func ask(_ isStreamed: Bool, on connection: WireConnection) async throws -> (Answer, stays: Bool) {
        let body = (isStreamed ? Stand.streamedChat : Stand.chat)("x", #","script":"steady""#)
        return try await withDeadline(60, "a call is answered") {
            let head = self.caller.head("POST", "/v1/chat/completions", length: body.utf8.count)
            try await connection.send(head + body)
            let answer = try await ComingAnswer(connection: connection).whole()
            return (answer, self.isKept && answer.head["connection"]?.lowercased() != "close")
        }
    }

    private static func examine(_ answer: Answer, _ isStreamed: Bool) throws {
        guard answer.status == 200 else { throw ProgramFailure("\(answer.status) \(answer.text.prefix(300))") }
        let expected = Self.words.joined()
        if isStreamed {
            let stream = try EventStream(answer.text)
            guard stream.isDone, stream.content == expected else {
                throw ProgramFailure("the stream is «\(answer.text.suffix(500))»")
            }
        } else {
            let content = answer.json["choices"][0]["message"]["content"].string
            guard content == expected else { throw ProgramFailure("the answer is «\(answer.text.prefix(500))»") }
        }
    }
}
