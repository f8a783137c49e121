import NIOCore
import StreamCheckers
import Vocabulary

@testable import Dialects

/// A dialect that streams of Chat are told in.
enum StreamTarget: String, CaseIterable, CustomStringConvertible, Sendable {
    case messages
    case responses
    case gemini

    private static let identity = AnswerIdentity(
        digits: "0123456789abcdef01234567",
        created: 1_790_000_000,
        model: "public"
    )

    private static let thoughts = #""generationConfig":{"thinkingConfig":{"includeThoughts":true}}"#

    var description: String { self.rawValue }

    /// A small streamed request.
    func translation() throws -> Translation {
        let (endpoint, body): (Endpoint, String) =
            switch self {
            case .messages:
                (
                    .messages,
                    #"{"model":"public","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#
                )
            case .responses: (.responses, #"{"model":"public","stream":true,"input":"Hi"}"#)
            case .gemini:
                (
                    .generateContent(model: "public", framing: .events),
                    #"{"contents":[{"parts":[{"text":"Hi"}]}],\#(Self.thoughts)}"#
                )
            }
        return try Translation(endpoint, reading: ByteBuffer(string: body))
    }

    /// Drives the translator as the gateway does once its head is out.
    func translate(_ pieces: [ByteBuffer], _ translation: Translation) -> ByteBuffer {
        guard var course = self.begin(translation) else { return ByteBuffer() }
        for piece in pieces { course.receive(piece) }
        return course.finished()
    }

    /// An answer of which nothing has come yet.
    func begin(_ translation: Translation) -> Course? {
        guard let writer = translation.makeWriter(Self.identity) else { return nil }
        return Course(stream: TranslatedStream(reader: translation.makeReader(Self.identity), writer: writer))
    }

    /// A translator at work, and what it has said.
    struct Course {
        var stream: TranslatedStream
        var out = ByteBuffer()

        mutating func receive(_ piece: ByteBuffer) { self.out.writeImmutableBuffer(self.stream.receive(piece)) }

        /// All that is said when one more piece comes and then nothing.
        consuming func finished(after piece: ByteBuffer = ByteBuffer()) -> ByteBuffer {
            if piece.readableBytes > 0 { self.receive(piece) }
            switch self.stream.finish(now: 1_790_000_003) {
            case .complete(let rest): self.out.writeImmutableBuffer(rest)
            case .failed(let error, let said):
                self.out.writeImmutableBuffer(said)
                // As if the head had gone out for the time that passed; otherwise the answer is no stream at all.
                if self.out.readableBytes == 0 {
                    self.out.writeImmutableBuffer(self.stream.keepAlive(minute: false))
                }
                self.out.writeImmutableBuffer(self.stream.fail(error))
            }
            return self.out
        }
    }

    /// What is wrong with a stream, by the dialect's checker.
    func faults(_ bytes: ByteBuffer) -> [String] {
        switch self {
        case .messages: return MessagesStreamChecker(bytes).problems
        case .responses: return ResponsesStreamChecker(bytes).faults
        case .gemini:
            do {
                _ = try GeminiStreamCheck(bytes)
                return []
            } catch {
                return ["\(error)"]
            }
        }
    }
}
