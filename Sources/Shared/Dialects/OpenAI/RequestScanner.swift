package import NIOCore

/// Reads a request's body as it comes and finds what the relay has to know; checks that all of it is JSON.
///
/// A member that decides something must not stand twice: whoever authorised the first would not know that the upstream
/// takes the last. Nor may one stand there that is the same in another case: Ollama, which is written in Go, takes `MODEL`
/// for `model` (https://pkg.go.dev/encoding/json#Unmarshal: «also accepting case-insensitive matches»).
package struct RequestScanner {
    private var scanner = JSONScanner()
    private var collector = Collector()

    package init() {}

    /// Reads the next piece.
    package mutating func scan(_ piece: ByteBuffer) {
        self.scanner.scan(piece, &self.collector)
    }

    /// The body is complete.
    package mutating func finish() -> Result<RequestFacts, JSONFault> {
        if let fault = self.scanner.finish(&self.collector) { return .failure(fault) }
        if let fault = self.collector.fault { return .failure(fault) }
        return .success(self.collector.facts)
    }

    private struct Collector: JSONScannerDelegate {
        enum Member: UInt16 {
            case model
            case stream
            case messages
            case prompt
            case input
            case streamOptions
            case encodingFormat
            case includeUsage
            case serviceTier
            case maximumTokens
            case maximumCompletionTokens
            case choices
            case candidates
            case predictedTokens
            case completions

            static func named(_ key: Span<UInt8>, depth: Int, inside: Member?) -> Member? {
                if depth == 2 {
                    return inside == .streamOptions && key.spell("include_usage") ? .includeUsage : nil
                }
                switch key.count {
                case 1: return key.spell("n") ? .choices : nil
                case 5: return key.spell("model") ? .model : key.spell("input") ? .input : nil
                case 6: return Self.named(ofSix: key)
                case 7: return key.spell("best_of") ? .candidates : nil
                case 8: return key.spell("messages") ? .messages : nil
                case 9: return key.spell("n_predict") ? .predictedTokens : nil
                case 10: return key.spell("max_tokens") ? .maximumTokens : nil
                case 12: return key.spell("service_tier") ? .serviceTier : nil
                case 14: return key.spell("stream_options") ? .streamOptions : nil
                case 15: return key.spell("encoding_format") ? .encodingFormat : nil
                case 21: return key.spell("max_completion_tokens") ? .maximumCompletionTokens : nil
                default: return nil
                }
            }

            private static func named(ofSix key: Span<UInt8>) -> Member? {
                key.spell("stream") ? .stream : key.spell("prompt") ? .prompt : key.spell("n_cmpl") ? .completions : nil
            }
        }

        var facts = RequestFacts()
        var fault: JSONFault?
        /// One bit for each member that has begun.
        private var seen: UInt16 = 0
        private var outer: (member: Member?, kind: JSONScanner.Kind, start: Int, count: Int) = (nil, .null, 0, 0)
        private var inner: (member: Member?, kind: JSONScanner.Kind, start: Int) = (nil, .null, 0)

        mutating func begin(key: Span<UInt8>, depth: Int, kind: JSONScanner.Kind, at offset: Int) -> Bool {
            if depth == 0 {
                self.facts.isObject = kind == .object
                self.facts.openBrace = offset
                return false
            }
            let member = Member.named(key, depth: depth, inside: self.outer.member)
            if self.fault == nil { self.fault = self.ambiguity(of: key, member, depth: depth, at: offset) }
            if depth == 1 {
                self.facts.isEmptyObject = false
                self.outer = (member, kind, offset, 0)
            } else {
                self.outer.count += 1
                self.inner = (member, kind, offset)
                if member == .includeUsage { self.facts.streamOptions?.includeUsageValue = offset..<offset }
            }
            guard depth == 1 else { return false }
            if member == .streamOptions {
                self.facts.streamOptions = .init(value: offset..<offset, isObject: kind == .object, isEmpty: true)
            }
            return member == .model || member == .encodingFormat || member == .prompt || member == .input
                || member == .serviceTier
        }

        /// Why not everybody reads a member alike; `nil` when all do.
        private mutating func ambiguity(
            of key: Span<UInt8>,
            _ member: Member?,
            depth: Int,
            at offset: Int
        ) -> JSONFault? {
            if let member {
                guard self.hasSeen(member) else { return nil }
                let reason = "«\(key.text)», which stands there a second time,"
                return JSONFault(offset: offset, reason: reason, isAmbiguous: true)
            }
            guard depth == 1 || self.outer.member == .streamOptions, let plain = key.inLowerCase,
                Member.named(plain.span, depth: depth, inside: self.outer.member) != nil
            else { return nil }
            let reason = "«\(key.text)», which some servers take for «\(plain.span.text)»,"
            return JSONFault(offset: offset, reason: reason, isAmbiguous: true)
        }

        /// Notes that a member begins; answers whether it did before.
        private mutating func hasSeen(_ member: Member) -> Bool {
            let bit: UInt16 = 1 << member.rawValue
            defer { self.seen |= bit }
            return self.seen & bit != 0
        }

        mutating func element(depth: Int) {
            if depth == 1 { self.outer.count += 1 }
        }

        mutating func end(depth: Int, at offset: Int, text: [UInt8]?) {
            switch depth {
            case 1: self.endMember(at: offset, text: text)
            case 2:
                guard self.inner.member == .includeUsage else { return }
                self.facts.streamOptions?.includeUsageValue = self.inner.start..<offset
                if case .bool(let includes) = self.inner.kind { self.facts.streamOptions?.includesUsage = includes }
            default: break
            }
        }

        private mutating func endMember(at offset: Int, text: [UInt8]?) {
            let kind = self.outer.kind
            switch self.outer.member {
            case .model:
                if kind == .string, let text {
                    self.facts.model = .init(
                        text: String(decoding: text, as: UTF8.self),
                        value: self.outer.start..<offset
                    )
                } else if kind == .string {
                    self.facts.modelIsTooLong = true
                } else {
                    self.facts.modelIsWrongKind = kind != .null
                }
            case .stream:
                if case .bool(let stream) = kind {
                    self.facts.stream = stream
                } else {
                    self.facts.streamIsWrongKind = kind != .null
                }
            case .messages:
                self.facts.messages = kind == .array ? (self.outer.count > 0 ? .filled : .empty) : self.other(kind)
            case .prompt:
                self.facts.prompt = self.presence(kind, text)
                if kind == .array { self.facts.promptList = .init(start: self.outer.start, count: self.outer.count) }
            case .input: self.facts.input = self.presence(kind, text)
            case .streamOptions:
                self.facts.streamOptions?.value = self.outer.start..<offset
                self.facts.streamOptions?.isEmpty = self.outer.count == 0
            case .encodingFormat:
                if let text { self.facts.encodingFormat = String(decoding: text, as: UTF8.self) }
            case .serviceTier: self.facts.serviceTier = text.map { String(decoding: $0, as: UTF8.self) }
            case .maximumTokens: self.facts.maximumTokens = self.outer.start..<offset
            case .maximumCompletionTokens: self.facts.maximumCompletionTokens = self.outer.start..<offset
            case .choices: self.facts.choices = self.outer.start..<offset
            case .candidates: self.facts.candidates = self.outer.start..<offset
            case .predictedTokens: self.facts.predictedTokens = self.outer.start..<offset
            case .completions: self.facts.completions = self.outer.start..<offset
            case .includeUsage, nil: break
            }
            self.outer.member = nil
        }

        /// Of a member that may be a string or an array.
        private func presence(_ kind: JSONScanner.Kind, _ text: [UInt8]?) -> RequestFacts.Presence {
            switch kind {
            // A text too long to be kept is not empty.
            case .string: text.map(\.isEmpty) == true ? .empty : .filled
            case .array: self.outer.count > 0 ? .filled : .empty
            default: self.other(kind)
            }
        }

        private func other(_ kind: JSONScanner.Kind) -> RequestFacts.Presence {
            kind == .null ? .empty : .wrongKind
        }
    }
}

extension Span<UInt8> {
    /// The text as who does not look at case reads it, the letters that Unicode folds to s and k included; `nil` when it is the
    /// same, or too long to be the name of anything.
    fileprivate var inLowerCase: [UInt8]? {
        guard self.count <= 64 else { return nil }
        var differs = false
        for index in self.indices where self[index] >= 0x80 || (0x41...0x5A).contains(self[index]) { differs = true }
        guard differs else { return nil }
        return self.text.unicodeScalars.flatMap { scalar -> [UInt8] in
            switch scalar {
            case "A"..."Z": [UInt8(scalar.value) + 0x20]
            case "\u{17F}": [UInt8(ascii: "s")]
            case "\u{212A}": [UInt8(ascii: "k")]
            default: Array(String(scalar).utf8)
            }
        }
    }
}
