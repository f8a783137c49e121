/// Numbers (RFC 8259 §6).
extension JSONScanner {
    mutating func takeInNumber(
        _ byte: UInt8,
        _ number: Number,
        at offset: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) {
        let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        let isExponent = byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
        switch number {
        case .minus where byte == UInt8(ascii: "0"): self.state = .number(.zero)
        case .minus where isDigit: self.state = .number(.integer)
        case .integer where isDigit: break
        case .zero where byte == UInt8(ascii: "."), .integer where byte == UInt8(ascii: "."):
            self.state = .number(.point)
        case .zero where isExponent, .integer where isExponent, .fraction where isExponent:
            self.state = .number(.exponent)
        case .point where isDigit: self.state = .number(.fraction)
        case .fraction where isDigit: break
        case .exponent where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"): self.state = .number(.exponentSign)
        case .exponent where isDigit, .exponentSign where isDigit, .exponentDigits where isDigit:
            self.state = .number(.exponentDigits)
        default:
            try self.endNumber(number, at: offset, &delegate)
            try self.take(byte, at: offset, &delegate)
        }
    }

    mutating func endNumber(
        _ number: Number,
        at offset: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) {
        switch number {
        case .zero, .integer, .fraction, .exponentDigits: self.endValue(at: offset, text: nil, &delegate)
        case .minus, .point, .exponent, .exponentSign:
            throw JSONFault(offset: offset, reason: "a number that is none")
        }
    }
}
