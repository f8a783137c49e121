import Testing
import Vocabulary

@testable import Admission

@Suite struct CredentialTests {
    /// Headers in their order, and the key that counts; `nil` where the call is refused.
    static let cases: [(headers: [String?], secret: String?)] = [
        (["Bearer sk-1", nil, nil], "sk-1"),
        (["bearer sk-1", nil, nil], "sk-1"),
        (["BEARER sk-1", nil, nil], "sk-1"),
        (["bEaReR   sk-1  ", nil, nil], "sk-1"),
        (["Bearer a", "b", "c"], "a"),
        ([nil, "b", "c"], "b"),
        ([nil, nil, "c"], "c"),
        (["", "b", "c"], "b"),
        ([nil, "", "c"], "c"),
        (["", "", "c"], "c"),
        (["Bearer ä€😀", nil, nil], "ä€😀"),
        ([nil, nil, nil], nil),
        (["", "", ""], nil),
        (["Bearer", nil, nil], nil),
        (["Bearer ", nil, nil], nil),
        (["Bearer    ", "b", nil], nil),
        (["Bearersk-1", nil, nil], nil),
        (["sk-1", nil, nil], nil),
        ([" Bearer sk-1", nil, nil], nil),
        (["Bearer\tsk-1", nil, nil], nil),
        (["Bearer a b", nil, nil], nil),
        (["Bearer a, Bearer b", nil, nil], nil),
        (["Basic dXNlcjpwYXNz", nil, nil], nil),
        (["Basic dXNlcjpwYXNz", "b", nil], nil),
        (["Bearex sk-1", nil, nil], nil),
        (["\u{2}earer sk-1", nil, nil], nil),
    ]

    @Test(arguments: cases.indices)
    func theFirstHeaderThatSaysAnythingCounts(_ index: Int) {
        let (headers, secret) = Self.cases[index]
        let credential = Result { () throws(GatewayError) in
            try Credential(authorization: headers[0], apiKey: headers[1], googleKey: headers[2])
        }
        switch credential {
        case .success(let credential): #expect(credential.secret == secret ?? "refused")
        case .failure(let error):
            #expect(secret == nil, "\(error.message)")
            #expect(error.code == .invalidKey)
            #expect(error.message.contains("Bearer"))
        }
    }

    @Test func everyShorterBeginningOfAHeaderIsRefused() throws {
        let header = "Bearer sk-adit-x"
        for length in 0...("Bearer ".count) {
            #expect(Credential.bearer(String(header.prefix(length))) == nil)
        }
        for length in ("Bearer ".count + 1)...header.count {
            #expect(Credential.bearer(String(header.prefix(length))) == header.prefix(length).dropFirst(7))
        }
    }

    @Test func itNeverSaysItsSecret() throws {
        let credential = try Credential(authorization: nil, apiKey: "sk-adit-secret", googleKey: nil)
        var dumped = ""
        dump(credential, to: &dumped)
        for text in ["\(credential)", String(reflecting: credential), dumped, "\([credential])", "\((1, credential))"] {
            #expect(!text.contains("secret"), "\(text)")
        }
    }
}
