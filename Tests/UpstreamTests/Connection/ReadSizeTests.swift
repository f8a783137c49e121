import NIOCore
import Testing

@testable import Upstream

struct ReadSizeTests {
    @Test func itFollowsWhatIsRead() {
        var size = ReadSize()
        func next(_ read: Int) -> Int? {
            _ = size.record(actualReadBytes: read)
            return size.nextBufferSize()
        }
        #expect(next(100) == 2_048)
        #expect(next(100) == 2_048)
        #expect(next(2_048) == 4_096)
        #expect(next(4_096) == 8_192)
        // Once may be chance, and what is more than half of it is none.
        #expect(next(100) == 8_192)
        #expect(next(5_000) == 8_192)
        #expect(next(4_096) == 8_192)
        #expect(next(100) == 4_096)
        for _ in 0..<10 { _ = next(size.nextBufferSize() ?? 0) }
        #expect(size.nextBufferSize() == 65_536)
        for _ in 0..<20 { _ = next(1) }
        #expect(size.nextBufferSize() == 2_048)
    }

    /// A larger one would lie outside of the channel.
    @Test func itFitsIntoAnExistential() {
        #expect(MemoryLayout<ReadSize>.size <= 3 * MemoryLayout<Int>.size)
    }
}
