import Testing

@testable import Dialects

/// Numbers (RFC 8259 §6).
@Suite("Numbers of JSON")
struct NumberTests {
    @Test(
        "a number is taken wherever it stands",
        arguments: [
            "0", "-0", "1", "-1", "10", "1234567890", "123456789012345678901234567890", "0.0", "0.5", "-0.5", "10.01",
            "1e5", "1E5", "1e+5", "1e-5", "1.5e10", "0e0", "0E+00", "-0.0e-0", "1e400", "1e05",
        ]
    )
    func numbers(_ number: String) {
        for text in [number, " \(number)\n", "[\(number)]", "[\(number),\(number)]", #"{"a":\#(number)}"#] {
            let bytes = Array(text.utf8)
            for index in 0...bytes.count { #expect(Scan(bytes, cutAt: index).isAccepted, "\(text) cut at \(index)") }
        }
    }

    @Test(
        "what is no number is refused",
        arguments: [
            "-", "+1", "01", "-01", "00", "1.", "-.5", ".5", "1.e5", "1e", "1e+", "1e-", "1.5e", "0x1", "1_000", "NaN",
            "Infinity", "-Infinity", "--1", "1-2", "1e5.5", "1.2.3", "1 2", "1e+-5", "1f", "٣",
        ]
    )
    func noNumbers(_ text: String) {
        for text in [text, "[\(text)]", #"{"a":\#(text)}"#] {
            let bytes = Array(text.utf8)
            for index in 0...bytes.count {
                #expect(!Scan(bytes, cutAt: index).isAccepted, "\(text) cut at \(index)")
            }
        }
    }

    @Test(
        "where a number goes wrong is told",
        arguments: [
            ("[-]", 2, "a number that is none"), ("[1.]", 3, "a number that is none"),
            ("[1e+]", 4, "a number that is none"), ("[01]", 2, "«,» or the end of the array was expected"),
            ("-", 1, "a number that is none"), ("01", 1, "something after the end"),
            ("[+1]", 1, "a value was expected"),
        ]
    )
    func place(_ text: String, _ offset: Int, _ reason: String) {
        #expect(Scan(text).fault == JSONFault(offset: offset, reason: reason))
    }
}
