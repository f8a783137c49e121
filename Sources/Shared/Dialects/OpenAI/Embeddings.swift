private import Foundation
package import NIOCore

/// What embeddings need beyond being passed on.
package enum Embeddings {
    /// Writes embeddings as base64 that came as numbers, as the caller asked; anything else stays as it is.
    ///
    /// Base64 is of little-endian 32-bit floats, as OpenAI's API answers `encoding_format: base64`.
    package static func encodedBase64(_ pieces: [ByteBuffer]) -> [ByteBuffer] {
        var data = Data()
        for piece in pieces { data.append(contentsOf: piece.readableBytesView) }
        guard var answer = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            var list = answer["data"] as? [[String: Any]],
            list.contains(where: { $0["embedding"] is [NSNumber] })
        else { return pieces }
        for index in list.indices {
            guard let numbers = list[index]["embedding"] as? [NSNumber] else { continue }
            var bytes = Data(capacity: numbers.count * 4)
            for number in numbers {
                withUnsafeBytes(of: number.floatValue.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
            list[index]["embedding"] = bytes.base64EncodedString()
        }
        answer["data"] = list
        guard let encoded = try? JSONSerialization.data(withJSONObject: answer) else { return pieces }
        return [ByteBuffer(bytes: encoded)]
    }
}
