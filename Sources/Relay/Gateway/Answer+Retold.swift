import Dialects
import NIOCore
import Vocabulary

/// A streamed answer in another dialect than Chat: one that is translated, or that of a server which speaks the caller's.
extension Answer {
    /// Bytes of the upstream's stream.
    mutating func retell(_ bytes: ByteBuffer) -> Verdict {
        guard var stream = self.retold.take() else { return .wait }
        let out = stream.receive(bytes)
        let hasEnded = stream.hasEnded
        self.retold = stream
        if hasEnded { return self.endRetelling(after: out) }
        // What has begun but says nothing yet waits with its head: it may still become a real error.
        guard out.readableBytes > 0 else { return .wait }
        self.state = .streaming
        return .stream(out)
    }

    /// The upstream's stream ended in order, or will say nothing more.
    /// - Parameter said: what is to be written before its end.
    mutating func endRetelling(after said: ByteBuffer = ByteBuffer()) -> Verdict {
        guard var stream = self.retold.take() else { return .wait }
        let ending = stream.finish(now: self.now())
        self.retold = stream
        self.usage = stream.usage
        var out = said
        switch ending {
        case .complete(let last):
            out.writeImmutableBuffer(last)
            self.response = stream.response
            self.state = .over
            return .endStream(out)
        case .failed(let error, let last):
            let error = self.told(error)
            guard self.isCommitted else { return self.broken(error) }
            out.writeImmutableBuffer(last)
            out.writeImmutableBuffer(self.errorInside(error))
            self.state = .over
            return .failInside(out, .failed(error.code))
        }
    }

    /// The error in the stream's own words.
    mutating func failRetelling(_ error: GatewayError) -> ByteBuffer {
        guard var stream = self.retold.take() else { return ByteBuffer() }
        let out = stream.fail(error)
        self.usage = stream.usage
        // The caller who was there has been told; one who asks later gets this object.
        if self.call.isInBackground { self.response = stream.response }
        self.retold = stream
        return out
    }
}
