private import Glibc
internal import NIOCore

/// One direction of one connection through a ``FaultProxy``. Used on the connection's event loop only.
final class FaultCourse {
    private struct Piece {
        var bytes: ByteBuffer
        var due: NIODeadline
    }

    private let from: any Channel
    private let to: any Channel
    private var weather: FaultProxy.Weather
    private var queue: [Piece] = []
    private var queued = 0
    private var lastDue = NIODeadline.uptimeNanoseconds(0)
    private var isScheduled = false
    private var hasEnded = false
    private var isOver = false
    private(set) var passed = 0

    /// The most that waits here; more waits in the sender's kernel.
    private static let mostQueued = 256 * 1024

    init(from: any Channel, to: any Channel, weather: FaultProxy.Weather) {
        self.from = from
        self.to = to
        self.weather = weather
    }

    func begin() { self.updateReading() }

    func change(_ change: (inout FaultProxy.Weather) -> Void) {
        change(&self.weather)
        if self.weather.isBlackHole {
            self.queue = []
            self.queued = 0
        }
        self.updateReading()
        self.drain()
    }

    /// Bytes came.
    func take(_ bytes: ByteBuffer) {
        guard !self.weather.isBlackHole, !self.isOver else { return }
        var bytes = bytes
        // A slow line brings a little at a time.
        let longest = self.weather.rate.map { max(64, $0 / 50) } ?? .max
        while let piece = bytes.readSlice(length: min(bytes.readableBytes, longest)), piece.readableBytes > 0 {
            self.queue.append(Piece(bytes: piece, due: self.due(piece.readableBytes)))
            self.queued += piece.readableBytes
        }
        self.drain()
        self.updateReading()
    }

    /// The sender has ended.
    func takeEnd() {
        guard !self.weather.isBlackHole else { return }
        self.hasEnded = true
        self.drain()
    }

    /// The sender's socket failed.
    func `break`() {
        guard !self.weather.isBlackHole else { return }
        self.cut()
    }

    /// Says the end to the receiver although the sender has not ended.
    func end() {
        self.isOver = true
        self.to.close(mode: .output, promise: nil)
    }

    /// Resets both sockets.
    func cut() {
        self.isOver = true
        for channel in [self.from, self.to] {
            if let socket = channel as? any SocketOptionProvider {
                _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            }
            channel.close(promise: nil)
        }
    }

    /// Reads on, or leaves what comes in the kernel.
    func updateReading() {
        let reads =
            self.weather.isBlackHole
            || (!self.weather.isStalled && self.queued < Self.mostQueued && self.to.isWritable)
        try? self.from.syncOptions?.setOption(.autoRead, value: reads)
    }

    private func due(_ count: Int) -> NIODeadline {
        let jitter = self.weather.jitter > 0 ? Int.random(in: 0...self.weather.jitter) : 0
        let arrival = NIODeadline.now() + .milliseconds(Int64(self.weather.delay + jitter))
        self.lastDue = max(arrival, self.lastDue)
        if let rate = self.weather.rate {
            self.lastDue = self.lastDue + .nanoseconds(Int64(count) * 1_000_000_000 / Int64(max(1, rate)))
        }
        return self.lastDue
    }

    private func drain() {
        guard !self.weather.isStalled, !self.weather.isBlackHole, !self.isOver else { return }
        let now = NIODeadline.now()
        var count = 0
        while count < self.queue.count, self.queue[count].due <= now {
            self.pass(self.queue[count].bytes)
            if self.isOver { return }
            count += 1
        }
        self.queue.removeFirst(count)
        if count > 0 {
            self.to.flush()
            self.updateReading()
        }
        if let next = self.queue.first { return self.wake(at: next.due) }
        guard self.hasEnded else { return }
        self.isOver = true
        self.to.close(mode: .output, promise: nil)
    }

    private func pass(_ bytes: ByteBuffer) {
        self.queued -= bytes.readableBytes
        if let limit = self.weather.cutAfter, self.passed + bytes.readableBytes >= limit {
            let rest = bytes.getSlice(at: bytes.readerIndex, length: max(0, limit - self.passed)) ?? ByteBuffer()
            self.passed += rest.readableBytes
            self.to.writeAndFlush(rest, promise: nil)
            self.cut()
        } else {
            self.passed += bytes.readableBytes
            self.to.write(bytes, promise: nil)
        }
    }

    private func wake(at due: NIODeadline) {
        guard !self.isScheduled else { return }
        self.isScheduled = true
        self.from.eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            self.isScheduled = false
            self.drain()
        }
    }
}
