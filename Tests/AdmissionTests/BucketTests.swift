import Testing

@testable import Admission

@Suite struct BucketTests {
    private static let second: Int64 = 1_000_000_000

    @Test func asManyAsTheLimitComeAtOnceAndThenOneByOne() {
        let rate = Bucket.Rate.perMinute(60)
        var bucket = Bucket()
        for count in 0..<60 {
            #expect(bucket.wait(for: 1, rate, now: 5) == 0, "\(count)")
            bucket.take(1, rate, now: 5)
            #expect(bucket.remaining(rate, now: 5) == 59 - count)
        }
        #expect(bucket.wait(for: 1, rate, now: 5) == Self.second)
        #expect(bucket.wait(for: 1, rate, now: Self.second) == 5)
        #expect(bucket.wait(for: 1, rate, now: Self.second + 5) == 0)
        #expect(bucket.reset(now: 5) == 60 * Self.second)
        #expect(bucket.remaining(rate, now: 30 * Self.second + 5) == 30)
        #expect(bucket.remaining(rate, now: 100 * Self.second) == 60)
        #expect(bucket.reset(now: 100 * Self.second) == 0)
    }

    @Test(arguments: [1, 2, 3, 7, 60, 61, 999_999_999, 1_000_000_000])
    func everyLimitIsExact(_ limit: Int) {
        for rate in [Bucket.Rate.perMinute(limit), .perDay(limit)] {
            var bucket = Bucket()
            bucket.take(limit, rate, now: 0)
            #expect(bucket.remaining(rate, now: 0) == 0)
            #expect(bucket.wait(for: 1, rate, now: 0) > 0)
            #expect(bucket.wait(for: 1, rate, now: rate.interval) == 0)
            #expect(bucket.remaining(rate, now: rate.interval) == 1)
        }
    }

    @Test func moreThanAllFitsAfterARest() {
        let rate = Bucket.Rate.perMinute(100)
        var bucket = Bucket()
        #expect(bucket.wait(for: 5_000, rate, now: 0) == 0)
        bucket.take(5_000, rate, now: 0)
        // It is a debt, but not one of an hour.
        #expect(bucket.wait(for: 1, rate, now: 0) > 60 * Self.second)
        #expect(bucket.reset(now: 0) <= 3 * 60 * Self.second)
    }

    @Test func whatWasTakenTooMuchComesBack() {
        let rate = Bucket.Rate.perMinute(100)
        var bucket = Bucket()
        bucket.take(80, rate, now: 0)
        bucket.giveBack(30, rate, now: 0)
        #expect(bucket.remaining(rate, now: 0) == 50)
        bucket.giveBack(500, rate, now: 0)
        #expect(bucket.remaining(rate, now: 0) == 100)
    }
}
