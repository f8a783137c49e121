import NIOCore

/// What each side says first: its limits (QMux, QX_TRANSPORT_PARAMETERS; RFC 9000 §18.2).
struct TransportParameters: Equatable {
    /// Milliseconds; 0 is none.
    var maximumIdleTimeout: UInt64 = 0
    var initialMaximumData: UInt64 = 0
    /// For streams that the sender of the parameters opens.
    var initialStreamDataLocal: UInt64 = 0
    /// For streams that the receiver of the parameters opens.
    var initialStreamDataRemote: UInt64 = 0
    var initialStreamDataUnidirectional: UInt64 = 0
    var initialStreamsBidirectional: UInt64 = 0
    var initialStreamsUnidirectional: UInt64 = 0
    var maximumRecordSize = Self.defaultRecordSize

    /// The largest record that every peer takes.
    static let defaultRecordSize: UInt64 = 16_382
    /// The most streams of a kind that can ever be opened (RFC 9000 §4.6).
    static let maximumStreams: UInt64 = 1 << 60

    init() {}

    init(_ settings: QMux.Settings) {
        self.maximumIdleTimeout = UInt64(clamping: settings.idleTimeout)
        self.initialMaximumData = UInt64(clamping: settings.connectionWindow)
        self.initialStreamDataLocal = UInt64(clamping: settings.streamWindow)
        self.initialStreamDataRemote = UInt64(clamping: settings.streamWindow)
        self.initialStreamsBidirectional = min(UInt64(clamping: settings.concurrentStreams), Self.maximumStreams)
        self.maximumRecordSize = max(Self.defaultRecordSize, UInt64(clamping: settings.maximumRecordSize))
    }

    /// Writes what differs from the protocol's defaults.
    func write(to bytes: inout ByteBuffer) {
        let defaults = TransportParameters()
        for (id, field) in Self.fields where self[keyPath: field] != defaults[keyPath: field] {
            bytes.writeVariableLengthInteger(id)
            bytes.writeVariableLengthInteger(UInt64(VariableLengthInteger.length(of: self[keyPath: field])))
            bytes.writeVariableLengthInteger(self[keyPath: field])
        }
    }

    /// What is wrong with a peer's parameters.
    struct Fault: Error {
        var reason: String
    }

    /// Reads a whole parameter block. Unknown parameters are passed over.
    init(reading bytes: inout ByteBuffer) throws(Fault) {
        var seen: Set<UInt64> = []
        while bytes.readableBytes > 0 {
            guard let id = bytes.readVariableLengthInteger(), let length = bytes.readVariableLengthInteger(),
                length <= UInt64(bytes.readableBytes), var value = bytes.readSlice(length: Int(length))
            else { throw Fault(reason: "a transport parameter is cut short") }
            guard seen.insert(id).inserted else { throw Fault(reason: "transport parameter \(id) is given twice") }
            guard !Self.forbidden.contains(id) else { throw Fault(reason: "transport parameter \(id) is not allowed") }
            guard let (_, field) = Self.fields.first(where: { $0.0 == id }) else { continue }
            guard let number = value.readVariableLengthInteger(), value.readableBytes == 0 else {
                throw Fault(reason: "the value of transport parameter \(id) is no integer")
            }
            self[keyPath: field] = number
        }
        guard max(self.initialStreamsBidirectional, self.initialStreamsUnidirectional) <= Self.maximumStreams else {
            throw Fault(reason: "more than 2^60 streams are allowed")
        }
        guard self.maximumRecordSize >= Self.defaultRecordSize else {
            throw Fault(reason: "max_record_size is below \(Self.defaultRecordSize)")
        }
    }

    private static var fields: [(UInt64, WritableKeyPath<Self, UInt64>)] {
        [
            (0x01, \.maximumIdleTimeout),
            (0x04, \.initialMaximumData),
            (0x05, \.initialStreamDataLocal),
            (0x06, \.initialStreamDataRemote),
            (0x07, \.initialStreamDataUnidirectional),
            (0x08, \.initialStreamsBidirectional),
            (0x09, \.initialStreamsUnidirectional),
            (0x0571_C594_29CD_0845, \.maximumRecordSize),
        ]
    }

    /// Parameters of QUIC that have no meaning over TCP (QMux, «Permitted and Forbidden Transport Parameters»).
    private static let forbidden: Set<UInt64> = [0x00, 0x02, 0x03, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10]
}
