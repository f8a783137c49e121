import Testing

@testable import Accounts

@Suite struct SecretSourceTests {
    @Test func secretsAreBase64URLOf32Bytes() {
        let cases: [([UInt8], String)] = [
            (Array(repeating: 0, count: 32), String(repeating: "A", count: 43)),
            (Array(repeating: 0xFF, count: 32), String(repeating: "_", count: 42) + "8"),
            (Array(repeating: 0xFB, count: 32), "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s"),
            (Array(0..<32), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
        ]
        for (bytes, text) in cases {
            let source = SecretSource { count in
                #expect(count == 32)
                return bytes
            }
            #expect(source.secret(prefix: "sk-adit-") == "sk-adit-" + text)
        }
    }

    @Test func idsAreShortAndPlain() throws {
        let source = SecretSource()
        let ids = (0..<1_000).map { _ in source.id(prefix: "key_") }
        #expect(Set(ids).count == ids.count)
        for id in ids { #expect(id.wholeMatch(of: /key_[a-z2-9]{16}/) != nil, "\(id)") }
    }

    @Test func theSystemAnswersAsManyBytesAsItIsAskedFor() {
        for count in [0, 1, 7, 8, 9, 32] { #expect(SecretSource.system(count).count == count) }
        #expect(SecretSource.system(32) != SecretSource.system(32))
    }
}
