import NIOCore

@testable import TunnelProtocol

/// The table of mistakes; see ``QMuxViolationTests`` for what the end has done before.
extension QMuxViolationTests.Row {
    static let records = [
        Self("a record too large", "80010001", .frameEncodingError, nil, "65537 bytes is larger than the 65536"),
        Self("a record far too large", "ffffffffffffffff", .frameEncodingError, nil, "larger than"),
        Self("an empty record", "00", .protocolViolation, nil, "a record without a frame"),
        Self("half a type", Wire.record("40"), .frameEncodingError, nil, "cut short"),
        Self("half a type behind a frame", Wire.record("00 ff5153"), .frameEncodingError, nil, "cut short"),
        Self("a type of two bytes", Wire.record("4000"), .protocolViolation, nil, "longer than it must be"),
        Self("a type of four", Wire.record("8000000a 01 00"), .protocolViolation, nil, "longer than it must be"),
        Self("a type of eight", Wire.record("c000000000000041"), .protocolViolation, nil, "longer than it must be"),
    ]

    static let frames =
        [0x01, 0x02, 0x03, 0x06, 0x07, 0x18, 0x19, 0x1A, 0x1B, 0x1E, 0x1F, 0x30, 0x4041, 0x348C_6752_9EF8_C7BC].map {
            Self(
                "frame 0x\(String($0, radix: 16))",
                Wire.record(Wire.integer($0)),
                .frameEncodingError,
                $0,
                "not allowed"
            )
        }
        + [
            // A field left out or torn, a length that runs over the record's end.
            "04", "0401", "040101", "04 01 01 40", "05", "05 01", "08", "08 40", "0a 01", "0a 01 02 61",
            "0a 01 ffffffffffffffff",
            "0c 01", "0e 01 00", "10", "10 c0", "11", "11 01", "12", "13", "14", "15", "15 01", "16", "17", "1c",
            "1c 00",
            "1c 00 00", "1c 00 00 01", "1c 00 00 02 61", "1d 00", "1d 00 01",
        ].map {
            Self("cut short: \($0)", Wire.record($0), .frameEncodingError, UInt64($0.prefix(2), radix: 16), "cut short")
        }
        + [
            Self("half a ping", Wire.record("f48c67529ef8c7bd"), .frameEncodingError, FrameType.ping, "cut short"),
            Self(
                "half an answer",
                Wire.record("f48c67529ef8c7be"),
                .frameEncodingError,
                FrameType.pingAnswer,
                "cut short"
            ),
            Self("too many streams", Wire.record("12 d000000000000001"), .frameEncodingError, 0x12, "2^60"),
            Self("too many one-way streams", Wire.record("13 d000000000000001"), .frameEncodingError, 0x13, "2^60"),
            Self("blocked at too many", Wire.record("16 d000000000000001"), .frameEncodingError, 0x16, "2^60"),
            Self("blocked at too many, one way", Wire.record("17 d000000000000001"), .frameEncodingError, 0x17, "2^60"),
            Self(
                "parameters twice",
                Wire.record(Wire.greeting),
                .protocolViolation,
                FrameType.transportParameters,
                "twice"
            ),
            Self(
                "the same ping",
                Wire.record("f48c67529ef8c7bd 07  f48c67529ef8c7bd 07"),
                .protocolViolation,
                FrameType.ping,
                "ping 7 after ping 7"
            ),
            Self(
                "a smaller ping",
                Wire.record("f48c67529ef8c7bd 07  f48c67529ef8c7bd 00"),
                .protocolViolation,
                FrameType.ping,
                "ping 0 after ping 7"
            ),
            Self(
                "an answer to ping 0",
                Wire.record("f48c67529ef8c7be 00"),
                .protocolViolation,
                FrameType.pingAnswer,
                "never sent"
            ),
            Self(
                "an answer to the next ping",
                Wire.record("f48c67529ef8c7be 03"),
                .protocolViolation,
                FrameType.pingAnswer,
                "never sent"
            ),
        ]

    /// Streams 0, 4, 8 are the peer's, 1 is ours; six bytes have come on 1.
    static let streamsOfTheRelay = Self.streams(own: 1, notYet: 5, peers: [0, 4, 8, 12], oneWay: 3, peersOneWay: 2)
    static let streamsOfTheConnector = Self.streams(own: 0, notYet: 4, peers: [1, 5, 9, 13], oneWay: 2, peersOneWay: 3)

    private static func streams(
        own: UInt64,
        notYet: UInt64,
        peers: [UInt64],
        oneWay: UInt64,
        peersOneWay: UInt64
    ) -> [Self] {
        let never = "never opened"
        let (own1, notYet1, oneWay1, peersOneWay1) = (id(own), id(notYet), id(oneWay), id(peersOneWay))
        let over = "0b\(id(peers[0]))00 04\(id(own))0006 05\(id(own))00 "
        return [
            Self("bytes on ours to come", Wire.record("0a\(notYet1)0161"), .streamStateError, 0x0A, never),
            Self("a reset of ours to come", Wire.record("04\(notYet1)0000"), .streamStateError, 0x04, never),
            Self("a stop of ours to come", Wire.record("05\(notYet1)00"), .streamStateError, 0x05, never),
            Self("credit for ours to come", Wire.record("11\(notYet1)05"), .streamStateError, 0x11, never),
            Self("blocked on ours to come", Wire.record("15\(notYet1)05"), .streamStateError, 0x15, never),
            Self("bytes on a way out", Wire.record("0a\(oneWay1)0161"), .streamStateError, 0x0A, never),
            Self("credit for a way out", Wire.record("11\(oneWay1)05"), .streamStateError, 0x11, never),
            Self(
                "a stop of a way in",
                Wire.record("05\(peersOneWay1)00"),
                .streamStateError,
                0x05,
                "no such direction"
            ),
            Self(
                "credit for a way in",
                Wire.record("11\(peersOneWay1)05"),
                .streamStateError,
                0x11,
                "no such direction"
            ),
            Self("a way in", Wire.record("0a\(peersOneWay1)0161"), .streamLimitError, 0x0A, "one too many"),
            Self("a stream too many", Wire.record("0a\(id(peers[3]))0161"), .streamLimitError, 0x0A, "one too many"),
            Self(
                "far too many",
                Wire.record("04\(id((1 << 62) - 4 + peers[0]))0000"),
                .streamLimitError,
                0x04,
                "one too many"
            ),
            Self("one too many, blocked", Wire.record("15\(id(peers[3]))00"), .streamLimitError, 0x15, "one too many"),
            Self(
                "bytes after the end",
                Wire.record("0b\(id(peers[0]))0161 0e\(id(peers[0]))010162"),
                .finalSizeError,
                0x0E,
                "after a stream's end"
            ),
            Self(
                "a second end",
                Wire.record("0b\(id(peers[0]))0161 0f\(id(peers[0]))0100"),
                .finalSizeError,
                0x0F,
                "after a stream's end"
            ),
            Self(
                "bytes after a reset",
                Wire.record("04\(own1)0006 0e\(own1)060161"),
                .finalSizeError,
                0x0E,
                "after a stream's end"
            ),
            Self(
                "bytes when both are over",
                Wire.record(over + "0e\(own1)060161"),
                .streamStateError,
                0x0E,
                "which is over"
            ),
            Self(
                "an end when both are over",
                Wire.record(over + "0f\(own1)0600"),
                .streamStateError,
                0x0F,
                "which is over"
            ),
            Self("a gap", Wire.record("0e\(own1)070161"), .protocolViolation, 0x0E, "goes on at 7, not at 6"),
            Self("a repetition", Wire.record("0e\(own1)050161"), .protocolViolation, 0x0E, "goes on at 5, not at 6"),
            Self("no offset", Wire.record("0a\(own1)0161"), .protocolViolation, 0x0A, "goes on at 0, not at 6"),
            Self("a reset below", Wire.record("04\(own1)0005"), .finalSizeError, 0x04, "ends at 5, not at 6"),
            Self(
                "another reset",
                Wire.record("04\(own1)0006 04\(own1)0007"),
                .finalSizeError,
                0x04,
                "ends at 7, not at 6"
            ),
            Self(
                "a reset off the end",
                Wire.record("0f\(own1)0600 04\(own1)0007"),
                .finalSizeError,
                0x04,
                "ends at 7, not at 6"
            ),
            Self(
                "too many bytes on a stream",
                Wire.record(Wire.stream(own, at: 6, "12345")),
                .flowControlError,
                0x0E,
                "more than 10 bytes on a stream"
            ),
            Self(
                "a reset beyond the window",
                Wire.record("04\(own1)000b"),
                .flowControlError,
                0x04,
                "more than 10 bytes on a stream"
            ),
            Self(
                "too many bytes in all",
                Wire.record(Wire.stream(peers[0], at: 0, "0123456789")),
                .flowControlError,
                0x0E,
                "more than 15 bytes on the connection"
            ),
            Self(
                "a reset beyond what is left",
                Wire.record("04\(id(peers[0]))000a"),
                .flowControlError,
                0x04,
                "more than 15 bytes on the connection"
            ),
        ]
    }

    private static func id(_ value: UInt64) -> String { Wire.integer(value) }

    static let greetings = [
        Self("a stream first", Wire.record("0a 00 01 61"), .protocolViolation, 0x0A, "the first frame"),
        Self("padding first", Wire.record("00", Wire.greeting), .protocolViolation, 0x00, "the first frame"),
        Self("a close first", Wire.record("1d 00 00"), .protocolViolation, 0x1D, "the first frame"),
        Self("an unknown frame first", Wire.record("01"), .protocolViolation, 0x01, "the first frame"),
        Self(
            "half a block",
            Wire.record("ff5153300d0a0d0a 05 04"),
            .frameEncodingError,
            FrameType.transportParameters,
            "cut short"
        ),
        Self(
            "a forbidden parameter",
            Wire.record(Wire.parameters("0e 01 02")),
            .transportParameterError,
            FrameType.transportParameters,
            "parameter 14 is not allowed"
        ),
    ]
}
