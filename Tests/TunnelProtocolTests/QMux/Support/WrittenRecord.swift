import NIOCore

@testable import TunnelProtocol

/// A record that the machine wrote, taken apart again.
struct WrittenRecord {
    /// A STREAM frame.
    struct Stream: Equatable {
        var id: UInt64
        var offset: UInt64
        var count: Int
        var isFinal: Bool
    }

    /// Bytes without the size.
    var size = 0
    var streams: [Stream] = []

    /// Takes records of STREAM frames with lengths apart.
    static func all(in bytes: ByteBuffer) -> [WrittenRecord] {
        var bytes = bytes
        var records: [WrittenRecord] = []
        var reader = RecordReader(largest: 1 << 20)
        while var frames = try? reader.next(from: &bytes) {
            var record = WrittenRecord(size: frames.left)
            while frames.left > 0 { record.streams.append(Self.stream(&frames)) }
            records.append(record)
        }
        return records
    }

    static func frames(of bytes: ByteBuffer) -> [Stream] { Self.all(in: bytes).flatMap(\.streams) }

    private static func stream(_ frames: inout FrameReader) -> Stream {
        do throws(Violation) {
            let type = try frames.type()
            precondition(type & ~7 == FrameType.stream && type & FrameType.lengthBit != 0, "frame \(type)")
            let id = try frames.integer()
            let offset = type & FrameType.offsetBit == 0 ? 0 : try frames.integer()
            let count = try frames.prefixedSlice().readableBytes
            return Stream(id: id, offset: offset, count: count, isFinal: type & FrameType.finalBit != 0)
        } catch {
            preconditionFailure(error.reason)
        }
    }
}
