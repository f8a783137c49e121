import Dialects
import NIOCore
import Testing

@Suite("What a conversation begins with")
struct ConversationPrefixTests {
    private func number(_ body: String) -> UInt64? { ConversationPrefix.number(of: ByteBuffer(string: body)) }

    @Test(
        "later turns begin as the first did",
        arguments: [
            (
                #"{"model":"a","messages":[{"role":"system","content":"S"},{"role":"user","content":"Hi"}],"stream":true}"#,
                #"{"model":"a","messages":[{"role":"system","content":"S"},{"role":"user","content":"Hi"},{"role":"assistant","content":"x"},{"role":"user","content":"y"}]}"#
            ),
            (
                #"{"system":"S","tools":[{"name":"t"}],"max_tokens":1,"messages":[{"role":"user","content":[{"text":"a]\"}"}]}]}"#,
                #"{"messages": [{"role":"user","content":[{"text":"a]\"}"}]} , {"role":"assistant"}],"tools":[{"name":"t"}],"system":"S"}"#
            ),
            (#"{"contents":[{"parts":[{"text":"a"}]}]}"#, #"{"contents":[{"parts":[{"text":"a"}]},{"role":"model"}]}"#),
        ]
    )
    func turns(first: String, later: String) {
        #expect(self.number(first) != nil)
        // A list's closing bracket does not belong to its first message.
        #expect(self.number(first) == self.number(later))
    }

    @Test(
        "other beginnings are others",
        arguments: [
            #"{"messages":[{"role":"system","content":"T"},{"role":"user","content":"Hi"}]}"#,
            #"{"messages":[{"role":"user","content":"Ho"}]}"#,
            #"{"messages":[{"role":"user","content":"Hi"}],"tools":[]}"#,
            #"{"input":"Hi"}"#, #"{"prompt":"Hi"}"#,
        ]
    )
    func others(body: String) {
        #expect(self.number(body) != self.number(#"{"messages":[{"role":"user","content":"Hi"}]}"#))
        #expect(self.number(body) != nil)
    }

    @Test(
        "what has none, or is no JSON, has no number; nothing is read behind its end",
        arguments: [
            "", "{", "[]", "{}", #"{"model":"a"}"#, #"{"a"#, #"{"messages""#, "}{", #"{"x":1,"#, #"{"x":"\"#,
        ]
    )
    func nothing(body: String) {
        #expect(self.number(body) == nil)
    }

    @Test("what is cut off anywhere does no harm")
    func cut() {
        let body =
            #"{"system":"S\"","messages":[{"role":"user","content":[{"t":"a"}]},{"role":"assistant"}],"tools":[1]}"#
        for length in 0...body.utf8.count { _ = self.number(String(body.prefix(length))) }
    }
}
