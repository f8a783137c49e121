import NIOCore
import Testing
import Vocabulary

@testable import RemoteImages

@Suite("Where images may come from, and what they are")
struct ExemptionTests {
    @Test(
        "exemptions",
        arguments: [
            ("images.lan", "images.lan", "10.0.0.1", 80, true), ("Images.LAN", "images.lan", "10.0.0.1", 443, true),
            ("images.lan", "images.lan", "10.0.0.1", 8080, false), ("images.lan:8080", "images.lan", "::1", 8080, true),
            ("images.lan:8080", "images.lan", "::1", 80, false), ("images.lan", "other.lan", "10.0.0.1", 80, false),
            ("10.0.0.0/8", "other.lan", "10.0.0.1", 80, true), ("10.0.0.0/8:81", "10.0.0.1", "10.0.0.1", 81, true),
            ("fd00::/8", "other.lan", "fd00::1", 443, true), ("[fd00::/8]:81", "other.lan", "fd00::1", 81, true),
            ("[fd00::/8]", "other.lan", "fd00::1", 81, false), ("fd00::/8", "other.lan", "10.0.0.1", 80, false),
            ("::/0", "other.lan", "fd00::1", 80, true), ("::/0", "other.lan", "10.0.0.1", 80, false),
            ("0.0.0.0/0", "other.lan", "10.0.0.1", 80, true), ("0.0.0.0/0", "other.lan", "fd00::1", 80, false),
        ]
    )
    func exemptions(_ text: String, _ host: String, _ address: String, _ port: Int, _ isCovered: Bool) throws {
        let exemption = try #require(Exemption(text))
        #expect(exemption.covers(host: host, address: try #require(NetworkAddress(address)), port: port) == isCovered)
    }

    @Test(
        "what is no exemption",
        arguments: [
            "", "10.0.0.5/8", "fd00::1/8", "10.0.0.0/+8", "10.0.0.0/33", "010.0.0.0/8", "10.0.0.1:0", "10.0.0.1:+80",
            "h:", "::ffff:10.0.0.0/104", "[::ffff:10.0.0.1]:80",
            "[10.0.0.1]:80", "[h]", "[fd00::/8", "[fd00::/8]80", "h.", "h/8",
        ]
    )
    func noExemption(_ text: String) {
        #expect(Exemption(text) == nil)
    }

    @Test(
        "types by their first bytes",
        arguments: [
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0], ImageType.png), ([0xFF, 0xD8, 0xFF, 0xE0], .jpeg),
            (Array("GIF87a..".utf8), .gif), (Array("GIF89a".utf8), .gif), (Array("RIFF....WEBPVP8 ".utf8), .webp),
            (Array("RIFF....WAVE".utf8), nil), (Array("<svg xmlns".utf8), nil), (Array("%PDF-".utf8), nil), ([], nil),
            (Array("GIF88a".utf8), nil), ([0x89, 0x50], nil),
        ] as [([UInt8], ImageType?)]
    )
    func types(_ bytes: [UInt8], _ type: ImageType?) {
        #expect(ImageType(beginningOf: ByteBuffer(bytes: bytes)) == type)
    }
}
