import Ledger
import Testing
import Vocabulary

@testable import Gateway

@Suite("Records of calls that never came to a connector")
struct UnservedTallyTests {
    @Test("a user gets so many a minute, whatever others do")
    func bound() {
        let tally = UnservedTally()
        let (one, other) = (HolderID(rawValue: "usr_one"), HolderID(rawValue: "usr_other"))
        for number in 1...200 {
            #expect(tally.hasRoom(for: one, at: 59_999) == (number <= UnservedTally.mostPerMinute), "\(number)")
        }
        #expect(tally.hasRoom(for: other, at: 59_999))
        #expect(tally.hasRoom(for: one, at: 60_000), "the next minute")
    }
}
