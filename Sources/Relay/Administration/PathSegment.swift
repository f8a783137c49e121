/// Names as one segment of a path: everything but RFC 3986's unreserved characters is percent-encoded.
///
/// The names of deployments hold `/` and `:`.
package enum PathSegment {
    package static func encode(_ name: String) -> String {
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        var encoded = String.UnicodeScalarView()
        for byte in name.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.properties.isAlphabetic && scalar.isASCII
                || "0123456789-._~".unicodeScalars.contains(scalar)
            {
                encoded.append(scalar)
            } else {
                encoded.append(contentsOf: ["%", digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(encoded)
    }

    /// Answers `nil` when an escape is not whole, or the result is not UTF-8.
    package static func decode(_ segment: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(segment).utf8[...]
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                bytes.append(byte)
                continue
            }
            guard
                let high = rest.popFirst().flatMap(self.nibble),
                let low = rest.popFirst().flatMap(self.nibble)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
