package import NIOCore

/// A rule that the peer broke.
struct Violation: Error {
    var code: QMux.ErrorCode
    var frameType: UInt64?
    var reason: String

    init(_ code: QMux.ErrorCode, _ reason: String, frameType: UInt64? = nil) {
        self.code = code
        self.frameType = frameType
        self.reason = reason
    }
}

/// The way in.
extension QMux.Connection {
    /// Takes every byte; an incomplete record is kept. After the end everything is dropped.
    package mutating func receive(_ bytes: inout ByteBuffer) {
        guard !self.hasEnded else {
            bytes.moveReaderIndex(forwardBy: bytes.readableBytes)
            return
        }
        if self.incomplete.readableBytes == 0 {
            self.incomplete = bytes
            bytes.moveReaderIndex(forwardBy: bytes.readableBytes)
        } else {
            self.incomplete.writeBuffer(&bytes)
        }
        do throws(Violation) {
            try self.takeRecords()
        } catch {
            self.fail(error)
        }
    }

    private mutating func takeRecords() throws(Violation) {
        var rest = self.incomplete
        self.incomplete = ByteBuffer()
        while !self.hasEnded {
            var attempt = rest
            guard let size = attempt.readVariableLengthInteger() else { break }
            guard size <= UInt64(max(self.settings.maximumRecordSize, Int(TransportParameters.defaultRecordSize)))
            else {
                throw Violation(.frameEncodingError, "a record of \(size) bytes is larger than allowed")
            }
            guard var record = attempt.readSlice(length: Int(size)) else { break }
            rest = attempt
            while record.readableBytes > 0, !self.hasEnded { try self.takeFrame(&record) }
        }
        guard !self.hasEnded, rest.readableBytes > 0 else { return }
        // A copy, so that the piece of a record does not keep the whole read alive.
        self.incomplete = ByteBuffer(bytes: rest.readableBytesView)
    }

    private mutating func takeFrame(_ record: inout ByteBuffer) throws(Violation) {
        let type = try Self.integer(&record)
        if self.peer == nil, type != FrameType.transportParameters {
            throw Violation(.protocolViolation, "the first frame must be the transport parameters", frameType: type)
        }
        switch type {
        case FrameType.stream...(FrameType.stream + 7): try self.takeStream(type, &record)
        case FrameType.padding: break
        case FrameType.maximumStreamData: try self.takeMaximumStreamData(&record)
        case FrameType.maximumData: try self.takeMaximumData(&record)
        case FrameType.resetStream: try self.takeReset(&record)
        case FrameType.stopSending: try self.takeStopSending(&record)
        case FrameType.maximumStreamsBidirectional, FrameType.maximumStreamsUnidirectional:
            try self.takeMaximumStreams(type, &record)
        case FrameType.dataBlocked:
            _ = try Self.integer(&record)
        case FrameType.streamDataBlocked:
            let id = try Self.integer(&record)
            _ = try Self.integer(&record)
            _ = try self.receivingSlot(id, frameType: type)
        case FrameType.streamsBlockedBidirectional, FrameType.streamsBlockedUnidirectional:
            if try Self.integer(&record) > TransportParameters.maximumStreams {
                throw Violation(.frameEncodingError, "more than 2^60 streams", frameType: type)
            }
        case FrameType.ping: try self.takePing(&record)
        case FrameType.pingAnswer: try self.takePingAnswer(&record)
        case FrameType.closeByTransport, FrameType.closeByApplication: try self.takeClose(type, &record)
        case FrameType.transportParameters: try self.takeParameters(&record)
        default:
            throw Violation(
                .frameEncodingError,
                "a frame of type 0x\(String(type, radix: 16)) is not allowed",
                frameType: type
            )
        }
    }

    private mutating func takeParameters(_ record: inout ByteBuffer) throws(Violation) {
        guard self.peer == nil else {
            throw Violation(
                .protocolViolation,
                "the transport parameters came twice",
                frameType: FrameType.transportParameters
            )
        }
        let length = try Self.integer(&record)
        guard length <= UInt64(record.readableBytes), var block = record.readSlice(length: Int(length)) else {
            throw Violation(.frameEncodingError, "a frame is cut short", frameType: FrameType.transportParameters)
        }
        do throws(TransportParameters.Fault) {
            let peer = try TransportParameters(reading: &block)
            self.peer = peer
            self.sendMaximum = peer.initialMaximumData
            self.allowedToUs = peer.initialStreamsBidirectional
            self.events.append(.ready)
        } catch {
            throw Violation(.transportParameterError, error.reason, frameType: FrameType.transportParameters)
        }
    }

    private mutating func takeStream(_ type: UInt64, _ record: inout ByteBuffer) throws(Violation) {
        let id = try Self.integer(&record)
        let offset = type & FrameType.offsetBit == 0 ? nil : try Self.integer(&record)
        let length = type & FrameType.lengthBit == 0 ? UInt64(record.readableBytes) : try Self.integer(&record)
        guard length <= UInt64(record.readableBytes), let bytes = record.readSlice(length: Int(length)) else {
            throw Violation(.frameEncodingError, "a STREAM frame is cut short", frameType: type)
        }
        guard let slot = try self.receivingSlot(id, frameType: type) else {
            throw Violation(.streamStateError, "stream \(id) is over", frameType: type)
        }
        let isFinal = type & FrameType.finalBit != 0
        if self.streams[slot].receivingIsOver {
            throw Violation(.finalSizeError, "bytes after the end of stream \(id)", frameType: type)
        }
        if let offset, offset != self.streams[slot].received {
            throw Violation(.protocolViolation, "a gap or a repeat in stream \(id)", frameType: type)
        }
        try self.count(length, slot: slot, frameType: type)
        if isFinal { self.streams[slot].receivingIsOver = true }
        if self.streams[slot].isDiscarding {
            self.returnCredit(slot, UInt64(length))
        } else if length > 0 || isFinal {
            self.events.append(.data(self.streams[slot].handle, bytes, isFinal: isFinal))
        }
        self.closeIfOver(slot)
    }

    private mutating func takeReset(_ record: inout ByteBuffer) throws(Violation) {
        let id = try Self.integer(&record)
        let code = try Self.integer(&record)
        let finalSize = try Self.integer(&record)
        guard let slot = try self.receivingSlot(id, frameType: FrameType.resetStream) else {
            throw Violation(.streamStateError, "stream \(id) is over", frameType: FrameType.resetStream)
        }
        guard !self.streams[slot].receivingIsOver else {
            throw Violation(.streamStateError, "stream \(id) has ended", frameType: FrameType.resetStream)
        }
        guard finalSize == self.streams[slot].received else {
            throw Violation(
                .finalSizeError,
                "stream \(id) ends at \(finalSize), not at \(self.streams[slot].received)",
                frameType: FrameType.resetStream
            )
        }
        self.streams[slot].receivingIsOver = true
        if !self.streams[slot].isDiscarding { self.events.append(.reset(self.streams[slot].handle, code: code)) }
        self.closeIfOver(slot)
    }

    private mutating func takeStopSending(_ record: inout ByteBuffer) throws(Violation) {
        let id = try Self.integer(&record)
        let code = try Self.integer(&record)
        guard let slot = try self.sendingSlot(id, frameType: FrameType.stopSending) else { return }
        guard !self.streams[slot].sendingIsOver else { return }
        self.abandonSending(slot, code: code)
        self.events.append(.stopSending(self.streams[slot].handle, code: code))
        self.closeIfOver(slot)
    }

    private mutating func takePing(_ record: inout ByteBuffer) throws(Violation) {
        let sequence = try Self.integer(&record)
        if let last = self.lastPingOfPeer, sequence <= last {
            throw Violation(.protocolViolation, "ping numbers must rise", frameType: FrameType.ping)
        }
        self.lastPingOfPeer = sequence
        // One answer to the largest number answers all before it.
        if case .pingAnswer = self.control.last { self.control.removeLast() }
        self.control.append(.pingAnswer(sequence))
    }

    private mutating func takePingAnswer(_ record: inout ByteBuffer) throws(Violation) {
        let sequence = try Self.integer(&record)
        guard sequence > self.pingsAnswered, sequence <= self.pingsSent else {
            throw Violation(
                .protocolViolation,
                "an answer to ping \(sequence), which is not open",
                frameType: FrameType.pingAnswer
            )
        }
        self.pingsAnswered = sequence
        self.events.append(.answeredPing(sequence: sequence))
    }

    private mutating func takeClose(_ type: UInt64, _ record: inout ByteBuffer) throws(Violation) {
        let code = try Self.integer(&record)
        let frameType = type == FrameType.closeByTransport ? try Self.integer(&record) : nil
        let length = try Self.integer(&record)
        guard length <= UInt64(record.readableBytes), let reason = record.readString(length: Int(length)) else {
            throw Violation(.frameEncodingError, "a CONNECTION_CLOSE frame is cut short", frameType: type)
        }
        self.hasEnded = true
        self.control.removeAll()
        self.ready.removeAll()
        let isApplication = type == FrameType.closeByApplication
        self.events.append(
            .ended(.init(isApplication: isApplication, code: code, frameType: frameType, reason: reason))
        )
    }

    private mutating func fail(_ violation: Violation) {
        let error = QMux.ConnectionError(
            isApplication: false,
            code: violation.code.rawValue,
            frameType: violation.frameType,
            reason: violation.reason
        )
        self.close(error)
        self.events.append(.ended(error))
    }

    static func integer(_ record: inout ByteBuffer) throws(Violation) -> UInt64 {
        guard let integer = record.readVariableLengthInteger() else {
            throw Violation(.frameEncodingError, "a frame is cut short")
        }
        return integer
    }
}
