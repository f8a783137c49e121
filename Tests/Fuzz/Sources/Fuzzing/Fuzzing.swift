package import FuzzChecks
import LibFuzzer

/// What every fuzz program does.
package enum Fuzzing {
    /// Runs the fuzzer on `LLVMFuzzerTestOneInput` with the program's arguments; answers its exit status.
    ///
    /// SwiftPM lets an executable have no `main` but its own, so libFuzzer is called as a library.
    package static func run(_ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> CInt {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        return LLVMFuzzerRunDriver(&count, &arguments, test)
    }

    /// Runs a check; a broken promise ends the process, which is what libFuzzer looks for.
    package static func test(_ check: (some Check).Type, _ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        let input = Array(UnsafeBufferPointer(start: bytes, count: count))
        do {
            try check.run(input)
        } catch {
            fatalError("\(error)")
        }
        return 0
    }
}
