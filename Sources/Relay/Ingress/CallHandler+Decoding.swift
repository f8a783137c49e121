import ContentCoding
import NIOCore
import NIOHTTP1
import Vocabulary

/// Bodies that come encoded.
extension CallHandler {
    /// How much is decoded before others on the event loop get their turn, in bytes.
    private static let slice = 256 * 1024

    /// Decodes a piece of the body. What it becomes may be a thousand times as long, so that nothing further is taken until
    /// all of it is decoded.
    func unpack(_ bytes: ByteBuffer, _ decoder: BodyDecoder) {
        decoder.receive(bytes)
        self.unpackFurther(decoder)
    }

    private func unpackFurther(_ decoder: BodyDecoder) {
        // The call may be over by now: its body timed out, or its caller left.
        guard case .reading(let reading) = self.phase, reading.decoder === decoder else { return self.haveUnpacked() }
        do throws(BodyDecoder.Fault) {
            guard let slice = try decoder.next(atMost: Self.slice) else { return self.haveUnpacked() }
            self.collect(slice)
            guard slice.readableBytes == Self.slice, let context = self.context else { return self.haveUnpacked() }
            self.isUnpacking = true
            context.eventLoop.assumeIsolated().execute { self.unpackFurther(decoder) }
        } catch {
            self.refuse(error, from: reading)
            self.haveUnpacked()
        }
    }

    /// What came meanwhile gets its turn, if there was a meanwhile.
    private func haveUnpacked() {
        guard self.isUnpacking else { return }
        self.isUnpacking = false
        self.takeAhead()
    }

    func refuse(_ fault: BodyDecoder.Fault, from reading: Reading) {
        switch fault {
        case .tooLarge:
            self.turnAway(self.tooLarge, from: reading)
        case .broken(let reason):
            let error = GatewayError(
                .invalidRequest,
                "The body cannot be decoded as its content-encoding says: \(reason).",
                parameter: "content-encoding"
            )
            self.turnAway(error, from: reading)
        }
    }

    /// What the body is encoded with; `nil` when it comes as it is.
    static func coding(_ headers: HTTPHeaders) throws(GatewayError) -> ContentCoding? {
        let values = headers["content-encoding"]
        if values.isEmpty { return nil }
        switch ContentCoding.choice(values) {
        case .identity:
            return nil
        case .coding(let coding):
            return coding
        case .refused:
            let name = values.joined(separator: ", ").prefix(40)
            throw GatewayError(
                .unsupportedMediaType,
                "The body is encoded as «\(name)», which is not understood. Send it as it is, or with one of "
                    + "\(ContentCoding.accepted).",
                parameter: "content-encoding"
            )
        }
    }
}

extension BodyDecoder {
    /// What is wrong with a body that ends here.
    var faultAtEnd: Fault? {
        do throws(Fault) {
            try self.finish()
            return nil
        } catch {
            return error
        }
    }
}
