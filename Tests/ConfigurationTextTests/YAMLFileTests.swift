import ConfigurationText
import Testing

@Suite("What is wrong with a file")
struct YAMLFileTests {
    private let file = YAMLFile(path: "adit.yaml")

    @Test("nothing but comments is nothing", arguments: ["", "# nothing\n", "~", "null"])
    func nothing(_ text: String) throws {
        #expect(try self.file.root(of: text) == nil)
    }

    @Test("a value that is quoted is there", arguments: [#"''"#, #""null""#, "0", "[]"])
    func something(_ text: String) throws {
        #expect(try self.file.root(of: text)?.isNothing == false)
    }

    @Test(
        "what cannot be read is said with its place",
        arguments: [
            ("a: 1\n b: 2\n", "adit.yaml:2:3: this is no YAML: mapping values are not allowed in this context"),
            ("a: [1\n", "adit.yaml:2:1: this is no YAML: "),
            ("a: 1\na: 2\n", "adit.yaml:1:1: a is given twice"),
        ]
    )
    func faults(_ text: String, _ expected: String) {
        let fault = #expect(throws: ConfigurationFault.self) { try self.file.root(of: text) }
        #expect(fault?.description.hasPrefix(expected) == true, "\(fault?.description ?? "none")")
    }
}
