import NIOCore
import TunnelProtocol

/// The control stream's side of a tunnel: its handle once it exists, what waits for it, and its lines.
struct ControlStream {
    var handle: QMux.StreamHandle?
    var waiting: [ControlMessage] = []
    private var decoder = ControlMessage.LineDecoder()

    mutating func decode(_ bytes: ByteBuffer) throws -> [ControlMessage] {
        try self.decoder.receive(bytes)
    }
}
