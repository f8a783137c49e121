import Testing

@testable import Accounts

@Suite struct SecretHasherTests {
    /// RFC 4231 §4: those of its cases whose data is text.
    static let vectors: [(key: [UInt8], text: String, digest: String)] = [
        (
            Array(repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            Array(repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            Array(repeating: 0xAA, count: 131),
            "This is a test using a larger than block-size key and a larger than block-size data. "
                + "The key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test(arguments: vectors.indices)
    func itIsHMACWithSHA256(_ index: Int) {
        let vector = Self.vectors[index]
        let digest = SecretHasher(serverSecret: vector.key).digest(of: vector.text)
        #expect(Self.hexadecimal(digest.bytes) == vector.digest)
    }

    @Test func usesDoNotDisturbEachOther() {
        let hasher = SecretHasher(serverSecret: Array(0..<32))
        let first = hasher.digest(of: "a")
        #expect(hasher.digest(of: "b") != first)
        #expect(hasher.digest(of: "a") == first)
        #expect(SecretHasher(serverSecret: Array(1..<33)).digest(of: "a") != first)
    }

    @Test func aPieceOfATextIsHashedAsThatPiece() {
        let hasher = SecretHasher(serverSecret: Array(0..<32))
        let header = "Bearer sk-adit-0123456789 "
        #expect(hasher.digest(of: header.dropFirst(7).dropLast()) == hasher.digest(of: "sk-adit-0123456789"))
        #expect(hasher.digest(of: "ä€😀x".dropLast()) == hasher.digest(of: "ä€😀"))
        #expect(hasher.digest(of: header.prefix(0)) == hasher.digest(of: ""))
    }

    @Test func aDigestHas32Bytes() throws {
        let bytes = Array(UInt8(100)..<132)
        #expect(try #require(SecretDigest(bytes: bytes)).bytes == bytes)
        for count in [0, 1, 31, 33, 64] {
            #expect(SecretDigest(bytes: [UInt8](repeating: 1, count: count)) == nil)
        }
        // Two that share what is hashed are still two.
        let other = try #require(SecretDigest(bytes: bytes.dropLast() + [0]))
        #expect(Set([try #require(SecretDigest(bytes: bytes)), other]).count == 2)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
