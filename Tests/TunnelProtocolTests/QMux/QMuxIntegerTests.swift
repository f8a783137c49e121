import NIOCore
import Testing

@testable import TunnelProtocol

/// Variable-length integers (RFC 9000 §16, examples of §A.1) and the parameters that are made of them.
@Suite("QMux: integers and parameters")
struct QMuxIntegerTests {
    @Test(
        "an integer is read and written",
        arguments: [
            ("c2197c5eff14e88c", 151_288_809_941_952_652 as UInt64),
            ("9d7f3e7d", 494_878_333), ("7bbd", 15_293), ("25", 37),
            ("00", 0), ("3f", 63), ("4040", 64), ("7fff", 16_383), ("80004000", 16_384), ("bfffffff", 1_073_741_823),
            ("c000000040000000", 1_073_741_824), ("ffffffffffffffff", VariableLengthInteger.maximum),
        ]
    )
    func integers(_ digits: String, _ value: UInt64) {
        var bytes = Wire.bytes(digits + "aa")
        #expect(bytes.readVariableLengthInteger() == value)
        #expect(bytes.readableBytes == 1)
        var written = ByteBuffer()
        written.writeVariableLengthInteger(value)
        #expect(Wire.digits(written) == digits)
        #expect(VariableLengthInteger.length(of: value) == digits.count / 2)
        for length in 0..<(digits.count / 2) {
            var torn = Wire.bytes(String(digits.prefix(2 * length)))
            #expect(torn.readVariableLengthInteger() == nil)
            #expect(torn.readableBytes == length, "nothing is read of a torn integer")
        }
    }

    @Test func longerThanNeedBe() {
        var bytes = Wire.bytes("4025")
        #expect(bytes.readVariableLengthInteger() == 37)
    }

    @Test func tooLargeIsWrittenAsTheMaximum() {
        var bytes = ByteBuffer()
        bytes.writeVariableLengthInteger(.max)
        #expect(Wire.digits(bytes) == "ffffffffffffffff")
    }

    @Test(
        "parameters are taken",
        arguments: [
            ("", TransportParameters()),
            ("01 01 05", TransportParameters.with { $0.maximumIdleTimeout = 5 }),
            ("04 02 0005" as String, nil),
            ("04 02 4005", .with { $0.initialMaximumData = 5 }),
            (
                "05 01 01  06 01 02  07 01 03",
                .with {
                    $0.initialStreamDataLocal = 1
                    $0.initialStreamDataRemote = 2
                    $0.initialStreamDataUnidirectional = 3
                }
            ),
            (
                "08 08 d000000000000000  09 01 01",
                .with {
                    $0.initialStreamsBidirectional = 1 << 60
                    $0.initialStreamsUnidirectional = 1
                }
            ),
            ("c571c59429cd0845 02 7ffe", .with { $0.maximumRecordSize = 16_382 }),
            ("11 00  4123 03 aabbcc  c000000000000012 01 ff", TransportParameters()),
        ]
    )
    func parameters(_ block: String, _ expected: TransportParameters?) {
        var bytes = Wire.bytes(block)
        let read = try? TransportParameters(reading: &bytes)
        #expect(read == expected)
    }

    @Test("parameters are refused", arguments: refusedParameters)
    func refused(_ block: String) {
        let relay = End(.relay)
        relay.receive(Wire.record(Wire.parameters(block)))
        let end = relay.happenings().last?.end
        #expect(end?.code == QMux.ErrorCode.transportParameterError.rawValue)
        #expect(end?.frameType == FrameType.transportParameters)
    }

    @Test(
        "the idle timeout is the smaller that is not none",
        arguments: [(0, 0, nil), (5, 0, 5), (0, 7, 7), (5, 7, 5), (9, 7, 7)] as [(Int, UInt64, UInt64?)]
    )
    func idle(_ ours: Int, _ theirs: UInt64, _ agreed: UInt64?) {
        var settings = QMux.Settings()
        settings.idleTimeout = ours
        let relay = End.greeted(.relay, settings, by: Wire.parameters("01 01" + Wire.integer(theirs)))
        #expect(relay.idleTimeout == agreed)
    }
}

extension TransportParameters {
    fileprivate static func with(_ change: (inout TransportParameters) -> Void) -> TransportParameters {
        var parameters = TransportParameters()
        change(&parameters)
        return parameters
    }
}

private let refusedParameters =
    [0x00, 0x02, 0x03, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10].map { Wire.integer($0) + "00" } + [
        "04",  // no length
        "40",  // half an id
        "04 40",  // half a length
        "04 02 05",  // cut short
        "04 00",  // no value
        "04 01 40",  // half a value
        "04 02 0505",  // more than a value
        "04 01 05  04 01 05",  // twice
        "11 00  11 00",  // twice, though unknown
        "08 08 d000000000000001",  // more than 2^60 streams
        "09 08 d000000000000001",
        "c571c59429cd0845 02 7ffd",  // below the default record
    ]
