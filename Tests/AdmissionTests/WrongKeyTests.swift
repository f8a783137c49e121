import Accounts
import Synchronization
import Testing
import Vocabulary

@testable import Admission

@Suite struct WrongKeyTests {
    private final class Clock: Sendable {
        let nanoseconds = Atomic<Int64>(0)
    }

    @Test func whoShowsManyWrongKeysIsToldToWait() async throws {
        let fixture = try await AdmissionFixture()
        let clock = Clock()
        let wrongKeys = WrongKeys { clock.nanoseconds.load(ordering: .relaxed) }
        let gatekeeper = Gatekeeper(directory: fixture.directory, wrongKeys: wrongKeys)
        let good = try await fixture.newKey().secret
        let here = try #require(NetworkAddress("192.0.2.1"))
        let there = try #require(NetworkAddress("192.0.2.2"))
        let attempt = { (secret: String, address: NetworkAddress) in
            Result { () throws(GatewayError) in
                let credential = try Credential(authorization: "Bearer \(secret)", apiKey: nil, googleKey: nil)
                return try gatekeeper.authenticate(credential, from: address)
            }
        }
        for _ in 0..<WrongKeys.rate.limit { #expect(attempt("sk-wrong", here).failure?.code == .invalidKey) }
        #expect(attempt("sk-wrong", here).failure?.code == .rateLimited)
        #expect(attempt("sk-wrong", here).failure?.retryAfter == 1)
        // Others are not held up, and neither is a good key from the same address.
        #expect(attempt("sk-wrong", there).failure?.code == .invalidKey)
        #expect(attempt(good, here).failure == nil)
        clock.nanoseconds.store(1_000_000_000, ordering: .relaxed)
        #expect(attempt("sk-wrong", here).failure?.code == .invalidKey)
        #expect(attempt("sk-wrong", here).failure?.code == .rateLimited)
    }

    @Test func itKeepsNoMoreAddressesThanItMay() {
        let clock = Clock()
        let wrongKeys = WrongKeys { clock.nanoseconds.load(ordering: .relaxed) }
        for number in 0..<UInt32(WrongKeys.mostAddresses + 10) {
            #expect(wrongKeys.note(NetworkAddress(v4: number)) == nil)
        }
        // One that is not kept is never held up; those that are kept make room after a while.
        let late = NetworkAddress(v4: UInt32(WrongKeys.mostAddresses + 5))
        for _ in 0..<200 { #expect(wrongKeys.note(late) == nil) }
        clock.nanoseconds.store(120_000_000_000, ordering: .relaxed)
        for _ in 0..<WrongKeys.rate.limit { #expect(wrongKeys.note(late) == nil) }
        #expect(wrongKeys.note(late) == 1)
    }

    @Test func aWholeNetworkOfVersion6IsOneAddress() throws {
        let wrongKeys = WrongKeys { 0 }
        for number in 0..<WrongKeys.rate.limit {
            #expect(wrongKeys.note(try #require(NetworkAddress("2001:db8::\(number)"))) == nil)
        }
        #expect(wrongKeys.note(try #require(NetworkAddress("2001:db8::ffff"))) != nil)
        #expect(wrongKeys.note(try #require(NetworkAddress("2001:db8:0:1::1"))) == nil)
    }
}

extension Result where Failure == GatewayError {
    fileprivate var failure: GatewayError? {
        if case .failure(let error) = self { error } else { nil }
    }
}
