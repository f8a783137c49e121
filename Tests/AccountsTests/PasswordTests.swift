import Testing

@testable import Accounts

/// Passwords as they are kept.
@Suite struct PasswordTests {
    private static let cheap = PasswordHash.Cost(logRounds: 4, blockSize: 8, parallelism: 1)

    /// RFC 7914 §12, the second vector, as far as 32 bytes of it go.
    @Test func itIsScrypt() throws {
        let cost = PasswordHash.Cost(logRounds: 10, blockSize: 8, parallelism: 16)
        let hash = try PasswordHash("password", cost: cost, salt: Array("NaCl".utf8))
        #expect(
            hash.stored
                == "$scrypt$ln=10,r=8,p=16$4e61436c$fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        )
    }

    @Test func itIsRecognised() throws {
        let hash = try PasswordHash("correct horse battery", cost: Self.cheap)
        #expect(try hash.matches("correct horse battery"))
        #expect(try !hash.matches("correct horse batterx"))
        #expect(try !hash.matches(""))
        let again = try #require(PasswordHash(stored: hash.stored))
        #expect(again == hash)
        #expect(try again.matches("correct horse battery"))
        #expect(try PasswordHash("correct horse battery", cost: Self.cheap) != hash, "two have the same salt")
        #expect(try !PasswordHash.decoy(cost: Self.cheap).matches(""))
    }

    @Test(arguments: [
        "", "$scrypt$", "$bcrypt$ln=4,r=8,p=1$00$00", "$scrypt$ln=40,r=8,p=1$00$" + String(repeating: "0", count: 64),
        "$scrypt$ln=4,r=8,p=1$0$" + String(repeating: "0", count: 64), "$scrypt$ln=4,r=8,p=1$00$00",
        "$scrypt$r=8,ln=4,p=1$00$" + String(repeating: "0", count: 64),
        "$scrypt$ln=4,r=8,p=1$$" + String(repeating: "0", count: 64),
    ])
    func whatItNeverWasIsRefused(_ text: String) {
        #expect(PasswordHash(stored: text) == nil)
    }

    @Test func nothingPrintsIt() throws {
        var user = User(id: .first, name: "Ada", created: 0)
        user.password = try PasswordHash("correct horse battery", cost: Self.cheap)
        var dumped = ""
        dump(user, to: &dumped)
        for text in ["\(user)", String(reflecting: user), dumped] {
            #expect(!text.contains("scrypt") && !text.contains("hash:") && !text.contains("salt"), "\(text)")
        }
    }

    @Test func shortOnesAreNone() {
        #expect(PasswordHash.fault(in: "short") != nil)
        #expect(PasswordHash.fault(in: "twelve chars") == nil)
        #expect(PasswordHash.fault(in: "zwölf Zeichen!") == nil)
        #expect(PasswordHash.fault(in: "with a\nnew line in it") != nil)
        #expect(PasswordHash.fault(in: String(repeating: "x", count: 1_025)) != nil)
    }
}
