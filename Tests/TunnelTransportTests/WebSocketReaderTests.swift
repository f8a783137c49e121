import NIOCore
import Testing

@testable import TunnelTransport

/// A tunnel's bytes in WebSocket frames, and back (RFC 6455 §5).
struct WebSocketReaderTests {
    /// Frames, and what they come to.
    private static func events(_ frames: [UInt8], masked: Bool, cut: Int? = nil) -> [WebSocketReader.Event] {
        var reader = WebSocketReader(expectsMask: masked)
        var events: [WebSocketReader.Event] = []
        let pieces = cut.map { [frames[..<$0], frames[$0...]] } ?? [frames[...]]
        for piece in pieces {
            reader.receive(ByteBuffer(bytes: piece))
            while let event = reader.next() { events.append(event) }
        }
        return events
    }

    /// Bytes that came in several pieces, as one.
    private static func joined(_ events: [WebSocketReader.Event]) -> [WebSocketReader.Event] {
        events.reduce(into: []) { joined, event in
            if case .bytes(let more) = event, case .bytes(var bytes)? = joined.last {
                bytes.writeImmutableBuffer(more)
                joined[joined.count - 1] = .bytes(bytes)
            } else {
                joined.append(event)
            }
        }
    }

    private static func frame(
        _ first: UInt8,
        _ payload: [UInt8],
        key: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    ) -> [UInt8] {
        let mask: UInt8 = key == nil ? 0 : 0x80
        var bytes = [first]
        if payload.count < 126 {
            bytes.append(mask | UInt8(payload.count))
        } else {
            bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        }
        guard let key else { return bytes + payload }
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    /// One message in three frames with a ping inside, then a whole one: cut anywhere.
    @Test func messagesCutAnywhere() {
        let long = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        let frames =
            Self.frame(0x02, [1, 2, 3]) + Self.frame(0x89, Array("are you there".utf8)) + Self.frame(0x00, [])
            + Self.frame(0x80, long) + Self.frame(0x8A, []) + Self.frame(0x82, Array("end".utf8))
            + Self.frame(0x88, [0x03, 0xE9])
        let wanted: [WebSocketReader.Event] = [
            .bytes(ByteBuffer(bytes: [1, 2, 3])), .ping(ByteBuffer(string: "are you there")),
            .bytes(ByteBuffer(bytes: long + Array("end".utf8))), .close(1001),
        ]
        for cut in 0...frames.count {
            #expect(Self.joined(Self.events(frames, masked: true, cut: cut)) == wanted, "cut at \(cut)")
        }
    }

    @Test func bytesAreHandedOnBeforeTheirFrameIsWhole() {
        var reader = WebSocketReader(expectsMask: false)
        // It announces more than any memory holds.
        reader.receive(ByteBuffer(bytes: [0x82, 127, 0x7F, 255, 255, 255, 255, 255, 255, 255, 7, 8]))
        #expect(reader.next() == .bytes(ByteBuffer(bytes: [7, 8])))
        #expect(reader.next() == nil)
        reader.receive(ByteBuffer(bytes: [9]))
        #expect(reader.next() == .bytes(ByteBuffer(bytes: [9])))
    }

    @Test(
        arguments: [
            ([0x82, 0x01, 0x00], true, 1002, "a client must mask its frames"),
            ([0x82, 0x81, 0, 0, 0, 0, 0], false, 1002, "a server must not mask its frames"),
            ([0xC2, 0x00], false, 1002, "no extension was agreed on"),
            ([0x81, 0x01, 0x61], false, 1003, "a tunnel takes binary messages only"),
            ([0x80, 0x00], false, 1002, "there is no message to go on with"),
            ([0x02, 0x00, 0x82, 0x00], false, 1002, "a message began inside another one"),
            ([0x83, 0x00], false, 1002, "the frame's kind is not known"),
            ([0x8B, 0x00], false, 1002, "the frame's kind is not known"),
            ([0x09, 0x00], false, 1002, "a control frame is whole and has at most 125 bytes"),
            ([0x89, 126, 0, 126] + [UInt8](repeating: 0, count: 126), false, 1002, "a control frame is whole"),
            ([0x88, 0x01, 0x03], false, 1002, "half a code"),
            ([0x88, 0x02, 0x03, 0xED], false, 1002, "1005 is no code that may be sent"),
        ] as [([UInt8], Bool, UInt16, String)]
    )
    func faults(_ bytes: [UInt8], masked: Bool, code: UInt16, words: String) {
        guard case .fault(let fault)? = Self.events(bytes, masked: masked).last else {
            Issue.record("\(bytes) was taken")
            return
        }
        #expect(fault.code == code)
        #expect(fault.description.contains(words), "\(fault)")
        // Nothing behind it is read.
        #expect(Self.events(bytes + [0x82, 0x01, 0x00], masked: masked).count == 1)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 65_535, 65_536, 70_001])
    func whatIsWrittenIsRead(_ count: Int) {
        let payload = ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        for key in [nil, 0x37FA_213D as UInt32] {
            var frame = ByteBuffer()
            WebSocketHeader.write(.binary, payload, key: key, into: &frame)
            let events = Self.events(Array(frame.readableBytesView), masked: key != nil)
            #expect(events == (count == 0 ? [] : [.bytes(payload)]))
        }
        if count < 65_536 {
            var frame = ByteBuffer()
            WebSocketHeader.write(.binary, payload, key: 0x37FA_213D, into: &frame)
            #expect(Array(frame.readableBytesView) == Self.frame(0x82, Array(payload.readableBytesView)))
        }
    }
}
