import NIOCore

@testable import TunnelProtocol

/// An event of a connection as tests compare it: streams by their number.
enum Happening: Equatable {
    case ready
    case opened(UInt64)
    case data(UInt64, ByteBuffer, isFinal: Bool)
    case reset(UInt64, code: UInt64)
    case stopSending(UInt64, code: UInt64)
    case writable(UInt64)
    case streamsAvailable
    case closed(UInt64)
    case answeredPing(UInt64)
    case ended(QMux.ConnectionError)

    static func text(_ id: UInt64, _ text: String, isFinal: Bool = false) -> Happening {
        .data(id, ByteBuffer(string: text), isFinal: isFinal)
    }

    init(_ event: QMux.Connection.Event) {
        self =
            switch event {
            case .ready: .ready
            case .streamOpened(let handle): .opened(handle.id.rawValue)
            case .data(let handle, let bytes, let isFinal): .data(handle.id.rawValue, bytes, isFinal: isFinal)
            case .reset(let handle, let code): .reset(handle.id.rawValue, code: code)
            case .stopSending(let handle, let code): .stopSending(handle.id.rawValue, code: code)
            case .writable(let handle): .writable(handle.id.rawValue)
            case .streamsAvailable: .streamsAvailable
            case .closed(let handle): .closed(handle.id.rawValue)
            case .answeredPing(let sequence): .answeredPing(sequence)
            case .ended(let error): .ended(error)
            }
    }

    /// What ended the connection, if this did.
    var end: QMux.ConnectionError? {
        guard case .ended(let error) = self else { return nil }
        return error
    }
}
