import NIOCore
import Vocabulary

/// What is to be said at the end of one answer: all of it in a whole reply, the rest in a stream's last chunk.
struct GeminiCandidate {
    struct Call {
        var id: String
        var name: EscapedText
        var arguments = EscapedText()
    }

    /// The first half of a pair of surrogates whose second half has not come.
    struct Half {
        var text: EscapedText
        var isThought: Bool
    }

    var thought = EscapedText()
    var text = EscapedText()
    var calls: [Call] = []
    var half: Half?
    var logprobs = GeminiLogprobs()
    var isRefused = false
    /// Whether anything was heard of this answer; a model server may give fewer than were asked for.
    var isSaid = false
    var finish: FinishReason?
}

extension GeminiCandidate {
    /// An opaque signature for the first call of a turn: SDKs that want one find one, and what comes back is ignored.
    private static let signature: StaticString = "YWRpdA=="

    /// Writes the candidate as an object.
    func write(index: Int, into bytes: inout ByteBuffer) {
        bytes.writeStaticString(#"{"content":{"role":"model","parts":["#)
        let broken = self.writeParts(into: &bytes)
        bytes.writeStaticString(#"]},"finishReason":""#)
        bytes.writeString(self.reason(isBroken: broken != nil))
        bytes.writeStaticString("\"")
        if let broken, self.isWhole {
            bytes.writeStaticString(#","finishMessage":"Malformed function call: "#)
            bytes.writeImmutableBuffer(broken.bytes)
            bytes.writeStaticString("\"")
        }
        bytes.writeString(",\"index\":\(index)")
        self.logprobs.write(into: &bytes)
        bytes.writeStaticString("}")
    }

    /// Whether the model itself came to an end.
    private var isWhole: Bool {
        switch self.finish {
        case .stop, .stopSequence, .toolCalls: true
        case .length, .contentFilter, nil: false
        }
    }

    private func reason(isBroken: Bool) -> String {
        switch self.finish {
        case .stop, .stopSequence, .toolCalls:
            if isBroken { "MALFORMED_FUNCTION_CALL" } else if self.isRefused { "SAFETY" } else { "STOP" }
        case .length: "MAX_TOKENS"
        case .contentFilter: "SAFETY"
        case nil: "OTHER"
        }
    }

    /// Writes at least one part, and answers the name of the first call whose arguments are no object; such calls are left out.
    private func writeParts(into bytes: inout ByteBuffer) -> EscapedText? {
        var parts = 0
        var broken: EscapedText?
        let half = self.half
        for (text, isThought) in [(self.thought, true), (self.text, false)] {
            let lacksHalf = half?.isThought == isThought
            guard !text.isEmpty || lacksHalf else { continue }
            bytes.writeStaticString(parts > 0 ? #",{"text":""# : #"{"text":""#)
            bytes.writeImmutableBuffer(text.bytes)
            if lacksHalf { bytes.writeImmutableBuffer(EscapedText.replacement.bytes) }
            bytes.writeStaticString(isThought ? #"","thought":true}"# : #""}"#)
            parts += 1
        }
        var calls = 0
        for call in self.calls {
            // No arguments are an empty object, but not where the model was cut short before it could say them.
            guard self.isWhole || !call.arguments.isEmpty, let arguments = call.arguments.object else {
                broken = broken ?? call.name
                continue
            }
            if parts > 0 { bytes.writeStaticString(",") }
            bytes.writeStaticString(#"{"functionCall":{"id":"#)
            bytes.writeJSONString(call.id)
            bytes.writeStaticString(#","name":"#)
            bytes.writeJSONString(call.name)
            bytes.writeStaticString(#","args":"#)
            bytes.writeJSON(.object(arguments))
            bytes.writeStaticString("}")
            if calls == 0 {
                bytes.writeStaticString(#","thoughtSignature":""#)
                bytes.writeStaticString(Self.signature)
                bytes.writeStaticString("\"")
            }
            bytes.writeStaticString("}")
            parts += 1
            calls += 1
        }
        if parts == 0 { bytes.writeStaticString(#"{"text":""}"#) }
        return broken
    }
}

extension EscapedText {
    /// The object that a call's arguments are; none are an empty one. `nil` when they are something else.
    fileprivate var object: JSONObject? {
        guard let text = self.unescaped else { return nil }
        guard text.contains(where: { !$0.isWhitespace }) else { return JSONObject() }
        switch try? JSONValue(reading: text) {
        case .object(let object): return object
        case .null: return JSONObject()
        default: return nil
        }
    }

    /// The text that stands in this one as a JSON string; what is none stays as it is.
    var unquoted: EscapedText {
        guard let text = self.unescaped, let word = (try? JSONValue(reading: text))?.string else { return self }
        return EscapedText(word)
    }
}
