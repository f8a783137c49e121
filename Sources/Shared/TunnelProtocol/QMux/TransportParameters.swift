import NIOCore

/// What each side says first: its limits (QMux, QX_TRANSPORT_PARAMETERS; RFC 9000 §18.2).
struct TransportParameters: Equatable {
    var maximumIdleTimeout: UInt64 = 0
    var initialMaximumData: UInt64 = 0
    var initialStreamDataLocal: UInt64 = 0
    var initialStreamDataRemote: UInt64 = 0
    var initialStreamDataUnidirectional: UInt64 = 0
    var initialStreamsBidirectional: UInt64 = 0
    var initialStreamsUnidirectional: UInt64 = 0
    var maximumRecordSize = Self.defaultRecordSize

    /// The largest record that every peer takes.
    static let defaultRecordSize: UInt64 = 16_382
    static let maximumStreams: UInt64 = 1 << 60

    private enum ID {
        static let maximumIdleTimeout: UInt64 = 0x01
        static let initialMaximumData: UInt64 = 0x04
        static let initialStreamDataLocal: UInt64 = 0x05
        static let initialStreamDataRemote: UInt64 = 0x06
        static let initialStreamDataUnidirectional: UInt64 = 0x07
        static let initialStreamsBidirectional: UInt64 = 0x08
        static let initialStreamsUnidirectional: UInt64 = 0x09
        static let maximumRecordSize: UInt64 = 0x0571_C594_29CD_0845
        /// Parameters of QUIC that have no meaning over TCP.
        static let forbidden: Set<UInt64> = [0x00, 0x02, 0x03, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10]
    }

    init() {}

    init(_ settings: QMux.Settings) {
        self.initialMaximumData = UInt64(settings.connectionWindow)
        self.initialStreamDataLocal = UInt64(settings.streamWindow)
        self.initialStreamDataRemote = UInt64(settings.streamWindow)
        self.initialStreamsBidirectional = UInt64(settings.concurrentStreams)
        self.maximumRecordSize = max(Self.defaultRecordSize, UInt64(settings.maximumRecordSize))
    }

    func write(to bytes: inout ByteBuffer) {
        let all: [(UInt64, UInt64)] = [
            (ID.initialMaximumData, self.initialMaximumData),
            (ID.initialStreamDataLocal, self.initialStreamDataLocal),
            (ID.initialStreamDataRemote, self.initialStreamDataRemote),
            (ID.initialStreamsBidirectional, self.initialStreamsBidirectional),
            (ID.initialStreamsUnidirectional, self.initialStreamsUnidirectional),
            (ID.maximumRecordSize, self.maximumRecordSize),
        ]
        for (id, value) in all {
            bytes.writeVariableLengthInteger(id)
            bytes.writeVariableLengthInteger(UInt64(VariableLengthInteger.length(of: value)))
            bytes.writeVariableLengthInteger(value)
        }
    }

    /// What is wrong with a peer's parameters.
    struct Fault: Error {
        var reason: String
    }

    /// Reads a whole parameter block.
    init(reading bytes: inout ByteBuffer) throws(Fault) {
        var seen: Set<UInt64> = []
        while bytes.readableBytes > 0 {
            guard let id = bytes.readVariableLengthInteger(), let length = bytes.readVariableLengthInteger(),
                length <= UInt64(bytes.readableBytes), var value = bytes.readSlice(length: Int(length))
            else { throw Fault(reason: "a transport parameter is cut short") }
            guard seen.insert(id).inserted else { throw Fault(reason: "transport parameter \(id) is given twice") }
            guard !ID.forbidden.contains(id) else { throw Fault(reason: "transport parameter \(id) is not allowed") }
            try self.take(id, &value)
        }
    }

    private mutating func take(_ id: UInt64, _ value: inout ByteBuffer) throws(Fault) {
        let known: WritableKeyPath<Self, UInt64>
        switch id {
        case ID.maximumIdleTimeout: known = \.maximumIdleTimeout
        case ID.initialMaximumData: known = \.initialMaximumData
        case ID.initialStreamDataLocal: known = \.initialStreamDataLocal
        case ID.initialStreamDataRemote: known = \.initialStreamDataRemote
        case ID.initialStreamDataUnidirectional: known = \.initialStreamDataUnidirectional
        case ID.initialStreamsBidirectional: known = \.initialStreamsBidirectional
        case ID.initialStreamsUnidirectional: known = \.initialStreamsUnidirectional
        case ID.maximumRecordSize: known = \.maximumRecordSize
        default: return
        }
        guard let number = value.readVariableLengthInteger(), value.readableBytes == 0 else {
            throw Fault(reason: "the value of transport parameter \(id) is no integer")
        }
        if id == ID.initialStreamsBidirectional || id == ID.initialStreamsUnidirectional,
            number > Self.maximumStreams
        {
            throw Fault(reason: "more than 2^60 streams are allowed")
        }
        if id == ID.maximumRecordSize, number < Self.defaultRecordSize {
            throw Fault(reason: "max_record_size is below its default")
        }
        self[keyPath: known] = number
    }
}
