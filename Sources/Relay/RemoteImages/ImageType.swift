package import NIOCore

/// The types of images that models can be shown.
package enum ImageType: String, Hashable, Sendable, CaseIterable {
    case png = "image/png"
    case jpeg = "image/jpeg"
    case gif = "image/gif"
    case webp = "image/webp"

    /// What the first bytes say (WHATWG MIME Sniffing §6.1).
    package init?(beginningOf bytes: ByteBuffer) {
        let start = Array(bytes.readableBytesView.prefix(12))
        if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if start.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if start.starts(with: Array("GIF87a".utf8)) || start.starts(with: Array("GIF89a".utf8)) {
            self = .gif
        } else if start.starts(with: Array("RIFF".utf8)), start.dropFirst(8).elementsEqual("WEBP".utf8) {
            self = .webp
        } else {
            return nil
        }
    }

    /// Whether a `content-type` says that a body is one of them.
    static func isNamed(by contentType: String) -> Bool {
        let media = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        return media == "image/jpg" || Self(rawValue: media) != nil
    }
}
