package import NIOCore

/// The way in: records, and which frame is whose.
extension QMux.Connection {
    /// Takes every byte; an incomplete record is kept. After the end everything is dropped.
    package mutating func receive(_ bytes: inout ByteBuffer) {
        // The type of the frame at hand, for the peer to find its mistake by.
        var type: UInt64?
        do throws(Violation) {
            while !self.hasEnded, var record = try self.records.next(from: &bytes) {
                while record.left > 0, !self.hasEnded {
                    type = nil
                    let next = try record.type()
                    type = next
                    try self.take(next, &record)
                }
                type = nil
            }
        } catch {
            self.fail(error, frameType: type)
        }
        bytes.moveReaderIndex(to: bytes.writerIndex)
    }

    @inline(__always)
    private mutating func take(_ type: UInt64, _ frame: inout FrameReader) throws(Violation) {
        if type & ~7 == FrameType.stream, self.peer != nil {
            try self.takeStream(type, &frame)
        } else {
            try self.takeOther(type, &frame)
        }
    }

    private mutating func takeOther(_ type: UInt64, _ frame: inout FrameReader) throws(Violation) {
        guard self.peer != nil || type == FrameType.transportParameters else {
            throw Violation(.protocolViolation, "the first frame must be the transport parameters")
        }
        switch type {
        case FrameType.padding: break
        case FrameType.maximumStreamData: try self.takeMaximumStreamData(&frame)
        case FrameType.maximumData: try self.takeMaximumData(&frame)
        case FrameType.resetStream: try self.takeReset(&frame)
        case FrameType.stopSending: try self.takeStopSending(&frame)
        case FrameType.maximumStreamsBidirectional, FrameType.maximumStreamsUnidirectional:
            try self.takeMaximumStreams(type, &frame)
        case FrameType.dataBlocked: _ = try frame.integer()
        case FrameType.streamDataBlocked: try self.takeStreamBlocked(&frame)
        case FrameType.streamsBlockedBidirectional, FrameType.streamsBlockedUnidirectional:
            guard try frame.integer() <= TransportParameters.maximumStreams else {
                throw Violation(.frameEncodingError, "more than 2^60 streams")
            }
        case FrameType.ping: try self.takePing(&frame)
        case FrameType.pingAnswer: try self.takePingAnswer(&frame)
        case FrameType.closeByTransport, FrameType.closeByApplication: try self.takeClose(type, &frame)
        case FrameType.transportParameters: try self.takeParameters(&frame)
        default:
            throw Violation(.frameEncodingError, "a frame of type 0x\(String(type, radix: 16)) is not allowed")
        }
    }

    private mutating func takeParameters(_ frame: inout FrameReader) throws(Violation) {
        guard self.peer == nil else {
            throw Violation(.protocolViolation, "the transport parameters came twice")
        }
        var block = try frame.prefixedSlice()
        do throws(TransportParameters.Fault) {
            let peer = try TransportParameters(reading: &block)
            self.peer = peer
            self.sendMaximum = peer.initialMaximumData
            self.allowedToUs = peer.initialStreamsBidirectional
            self.events.append(.ready)
        } catch {
            throw Violation(.transportParameterError, error.reason)
        }
    }

    private mutating func takePing(_ frame: inout FrameReader) throws(Violation) {
        let sequence = try frame.integer()
        if let last = self.lastPingOfPeer, sequence <= last {
            throw Violation(.protocolViolation, "ping \(sequence) after ping \(last)")
        }
        self.lastPingOfPeer = sequence
        // One answer to the largest number answers all before it.
        self.control.pingAnswer = sequence
    }

    private mutating func takePingAnswer(_ frame: inout FrameReader) throws(Violation) {
        let sequence = try frame.integer()
        guard (1...max(1, self.pingsSent)).contains(sequence), self.pingsSent > 0 else {
            throw Violation(.protocolViolation, "an answer to ping \(sequence), which was never sent")
        }
        guard sequence > self.pingsAnswered else { return }
        self.pingsAnswered = sequence
        self.events.append(.answeredPing(sequence: sequence))
    }

    private mutating func takeClose(_ type: UInt64, _ frame: inout FrameReader) throws(Violation) {
        let code = try frame.integer()
        let frameType = type == FrameType.closeByTransport ? try frame.integer() : nil
        let reason = String(buffer: try frame.prefixedSlice())
        self.end(saying: nil)
        let isApplication = type == FrameType.closeByApplication
        self.events.append(
            .ended(.init(isApplication: isApplication, code: code, frameType: frameType, reason: reason))
        )
    }

    private mutating func fail(_ violation: Violation, frameType: UInt64?) {
        let error = QMux.ConnectionError(
            isApplication: false,
            code: violation.code.rawValue,
            frameType: frameType,
            reason: violation.reason
        )
        self.end(saying: error)
        self.events.append(.ended(error))
    }
}
