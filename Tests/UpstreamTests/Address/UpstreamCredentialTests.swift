import FoundationEssentials
import Testing

@testable import Upstream

struct UpstreamCredentialTests {
    @Test func whatIsSentAndWhatIsShown() throws {
        let credential = try UpstreamCredential(" sk-secret\n")
        #expect(credential.authorization == "Bearer sk-secret")
        let shown = "\(credential) \(String(reflecting: credential)) \(Mirror(reflecting: credential).children.count)"
        #expect(!shown.contains("sk-secret"))
        var dumped = ""
        dump(UpstreamConfiguration(address: .demo, credential: credential), to: &dumped)
        #expect(!dumped.contains("sk-secret"))
    }

    @Test(arguments: ["", " \n", "two words", "bell\u{7}", "umläut"])
    func whatIsNoCredential(text: String) {
        let fault = #expect(throws: UpstreamCredential.Fault.self) { try UpstreamCredential(text) }
        if text.count > 3 { #expect(fault?.description.contains(text) == false) }
    }

    @Test func fromAFile() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "credential-\(UInt64.random(in: 0 ... .max))")
        try Data("sk-file\n".utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        #expect(try UpstreamCredential(file: path.path).authorization == "Bearer sk-file")
        #expect(throws: UpstreamCredential.Fault.self) { try UpstreamCredential(file: "/nowhere/at/all") }
    }
}
