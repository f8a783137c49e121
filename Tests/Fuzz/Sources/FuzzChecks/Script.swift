/// An input read as a list of steps and their arguments.
struct Script {
    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) {
        self.rest = input[...]
    }

    mutating func byte() -> UInt8? { self.rest.popFirst() }

    /// As many bytes as there are, up to `count`.
    mutating func bytes(_ count: Int) -> ArraySlice<UInt8> {
        defer { self.rest = self.rest.dropFirst(count) }
        return self.rest.prefix(count)
    }
}
