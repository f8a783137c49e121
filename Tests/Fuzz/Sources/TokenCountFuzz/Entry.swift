import Foundation
import FuzzChecks
import Fuzzing

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Fuzzing.test(TokenCountCheck.self, bytes, count)
}

@main
enum Entry {
    static func main() {
        exit(Fuzzing.run(testOneInput))
    }
}
