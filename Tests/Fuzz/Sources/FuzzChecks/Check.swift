/// One input of the fuzzer against one promise of the code; both the fuzzer and the ordinary tests run it.
package protocol Check {
    /// Throws ``BrokenPromise`` when the input shows a defect; traps of the code under test are defects too.
    static func run(_ input: [UInt8]) throws
}

/// What the code under test should have done and did not.
package struct BrokenPromise: Error, CustomStringConvertible {
    package var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws unless the promise is kept.
func promise(_ isKept: Bool, _ description: @autoclosure () -> String) throws {
    guard isKept else { throw BrokenPromise(description()) }
}
