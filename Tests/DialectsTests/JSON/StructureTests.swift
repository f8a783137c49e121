import Testing

@testable import Dialects

/// The grammar around strings and numbers (RFC 8259 §2 to §5), and what is told of it.
@Suite("Structure of JSON")
struct StructureTests {
    @Test(
        "a text is taken, however it is cut",
        arguments: [
            "{}", "[]", "null", "true", "false", "0", "\"\"", " \t\r\n{ \t\r\n} \t\r\n", "[ ]", "[[],{}]", #"{"a":{}}"#,
            #"{"a":[null,true,false,1,"b",{"c":[]}]}"#, #"{ "a" : 1 , "b" : [ 1 , 2 ] }"#, #"{"":0}"#,
            // Names need not be unique (RFC 8259 §4); what decides something is refused by its reader.
            #"{"a":1,"a":2}"#,
        ]
    )
    func accepted(_ text: String) {
        let bytes = Array(text.utf8)
        let whole = Scan(text)
        #expect(whole.isAccepted)
        for index in 0...bytes.count { #expect(Scan(bytes, cutAt: index) == whole, "cut at \(index)") }
    }

    @Test(
        "what is wrong is told with its place, however the text is cut",
        arguments: [
            ("", 0, "it is empty"), ("  ", 2, "it ends too early"), ("{", 1, "it ends too early"),
            ("[1", 2, "it ends too early"), ("tru", 3, "it ends too early"), (#"{"a":"b"#, 7, "it ends too early"),
            (#"{"a""#, 4, "it ends too early"), ("[1,]", 3, "a value was expected"),
            ("[,1]", 1, "a value was expected"),
            ("]", 0, "a value was expected"), (#"{"a":}"#, 5, "a value was expected"),
            ("'a'", 0, "a value was expected"),
            ("// a", 0, "a value was expected"), ("[1,\u{A0}2]", 3, "a value was expected"),
            (#"{"a":1,}"#, 7, "a key was expected"), ("{a:1}", 1, "a key was expected"),
            ("{,}", 1, "a key was expected"),
            ("{1:1}", 1, "a key was expected"), (#"{"a" 1}"#, 5, "«:» was expected"),
            (#"{"a"}"#, 4, "«:» was expected"),
            ("[1 2]", 3, "«,» or the end of the array was expected"),
            ("[1}", 2, "«,» or the end of the array was expected"),
            (#"{"a":1]"#, 6, "«,» or the end of the object was expected"),
            (#"{"a":1 "b":2}"#, 7, "«,» or the end of the object was expected"),
            ("[nul]", 4, "a value that is none"), ("True", 0, "a value was expected"),
            ("tRue", 1, "a value that is none"),
            ("{} x", 3, "something after the end"), ("[1]]", 3, "something after the end"),
            ("{}{}", 2, "something after the end"), ("{}\0", 2, "something after the end"),
            // RFC 8259 §8.1: a text that is sent must not begin with one.
            ("\u{FEFF}{}", 0, "a byte-order mark, which JSON does not have,"),
        ]
    )
    func refused(_ text: String, _ offset: Int, _ reason: String) {
        let bytes = Array(text.utf8)
        let fault = JSONFault(offset: offset, reason: reason)
        for index in 0...bytes.count { #expect(Scan(bytes, cutAt: index).fault == fault, "cut at \(index)") }
        #expect(fault.message == "The body is not valid JSON: \(reason) at byte \(offset).")
    }

    @Test("values lie inside each other as deep as allowed and no deeper", arguments: [("[", "]"), (#"{"a":"#, "}")])
    func depth(_ open: String, _ close: String) {
        func nested(_ count: Int) -> String {
            String(repeating: open, count: count - 1) + (open == "[" ? "[]" : "{}")
                + String(repeating: close, count: count - 1)
        }
        #expect(Scan(nested(JSONScanner.deepest)).isAccepted)
        let fault = Scan(nested(JSONScanner.deepest + 1)).fault
        #expect(fault?.offset == JSONScanner.deepest * open.utf8.count)
        #expect(fault?.reason == "values inside each other deeper than 512")
    }

    @Test("after a fault nothing is read, and the first fault stays")
    func afterFault() {
        let result = Scan(["[1,]".utf8, "}{".utf8].map(Array.init))
        #expect(result.fault == JSONFault(offset: 3, reason: "a value was expected"))
    }

    @Test("what stands at the top and one level below is told, nothing deeper")
    func told() {
        let text = #"{"a":1,"b":{"c":true,"d":{"e":0}},"f":[1,{"g":2},[3]],"\u0068":"i"}"#
        let expected = [
            "0 «» object @0", "1 «a» number @5", "1 end @6", "1 «b» object @11", "2 «c» bool(true) @16", "2 end @20",
            "2 «d» object @25", "2 end @32", "1 end @33", "1 «f» array @38", "1 element", "1 element", "1 element",
            "1 end @53", "1 «h» string @63", "1 end @66", "0 end @67",
        ]
        #expect(Scan(text).told == expected)
        #expect(Scan(text).texts == ["i"])
    }
}
