import NIOCore
import Vocabulary

/// Reads OpenAI's `usage` object where it stands in a longer text; once per call, and without a tree.
enum UsageReader {
    /// - Parameter range: where the object stands, from the first readable byte.
    static func read(_ body: ByteBuffer, _ range: Range<Int>) -> Usage? {
        guard let bytes = body.getSlice(at: body.readerIndex + range.lowerBound, length: range.count) else {
            return nil
        }
        var scanner = JSONScanner()
        var counts = Counts(bytes: bytes)
        scanner.scan(bytes, &counts)
        guard scanner.finish(&counts) == nil else { return nil }
        return Usage(
            prompt: counts.prompt,
            cached: counts.cached,
            completion: counts.completion,
            reasoning: counts.reasoningInside ?? counts.reasoning
        )
    }

    /// The numbers that count; of what stands twice the last.
    private struct Counts: JSONScannerDelegate {
        let bytes: ByteBuffer
        var prompt: Int?
        var cached: Int?
        var completion: Int?
        var reasoning: Int?
        var reasoningInside: Int?
        private var outer: Outer?
        /// Whether the member is the one that counts of the details it stands in.
        private var isDetail = false
        private var kind = JSONScanner.Kind.null
        private var start = 0

        private enum Outer {
            case prompt
            case completion
            case reasoning
            case promptDetails
            case completionDetails

            static func named(_ key: Span<UInt8>) -> Outer? {
                switch key.count {
                case 13: key.spell("prompt_tokens") ? .prompt : nil
                case 16: key.spell("reasoning_tokens") ? .reasoning : nil
                case 17: key.spell("completion_tokens") ? .completion : nil
                case 21: key.spell("prompt_tokens_details") ? .promptDetails : nil
                case 25: key.spell("completion_tokens_details") ? .completionDetails : nil
                default: nil
                }
            }
        }

        init(bytes: ByteBuffer) {
            self.bytes = bytes
        }

        mutating func begin(key: Span<UInt8>, depth: Int, kind: JSONScanner.Kind, at offset: Int) -> Bool {
            switch depth {
            case 1:
                self.outer = Outer.named(key)
                if self.outer == .promptDetails { self.cached = nil }
                if self.outer == .completionDetails { self.reasoningInside = nil }
            case 2:
                self.isDetail =
                    switch self.outer {
                    case .promptDetails: key.spell("cached_tokens")
                    case .completionDetails: key.spell("reasoning_tokens")
                    case .prompt, .completion, .reasoning, nil: false
                    }
                guard self.isDetail else { return false }
            default: return false
            }
            self.kind = kind
            self.start = offset
            return false
        }

        mutating func element(depth: Int) {}

        mutating func end(depth: Int, at offset: Int, text: [UInt8]?) {
            switch (depth, self.outer) {
            case (1, .prompt): self.prompt = self.number(to: offset)
            case (1, .completion): self.completion = self.number(to: offset)
            case (1, .reasoning): self.reasoning = self.number(to: offset)
            case (2, .promptDetails) where self.isDetail: self.cached = self.number(to: offset)
            case (2, .completionDetails) where self.isDetail: self.reasoningInside = self.number(to: offset)
            default: break
            }
        }

        private func number(to end: Int) -> Int? {
            guard self.kind == .number, self.start < end else { return nil }
            var number = 0
            // Nearly all are a few digits.
            if end - self.start <= 18 {
                let digits = self.bytes.readableBytesUInt8Span.extracting(self.start..<end)
                for index in digits.indices {
                    guard (0x30...0x39).contains(digits[index]) else { return self.otherNumber(to: end) }
                    number = number * 10 + Int(digits[index] - 0x30)
                }
                return number
            }
            return self.otherNumber(to: end)
        }

        private func otherNumber(to end: Int) -> Int? {
            self.bytes.getString(at: self.bytes.readerIndex + self.start, length: end - self.start)
                .flatMap { JSONValue.number($0).int }
        }
    }
}
