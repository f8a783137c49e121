import Testing

/// What files look like, whatever they are about.
struct ShapeTests {
    @Test func nothingIsPublic() throws {
        // These are programs: `package` reaches everybody who may ask.
        for file in try SourceFile.all(in: "Sources") {
            for (number, text) in file.code {
                let isPublic = text.words.first.map { ["public", "open"].contains($0) } ?? false
                #expect(!isPublic, "\(file.path):\(number) is public")
            }
        }
    }

    @Test(arguments: ["Sources", "Tests"])
    func namesSayWhatThingsAre(folder: String) throws {
        for file in try SourceFile.all(in: folder) {
            for name in [file.name] + file.types {
                let isDrawer = ["Manager", "Helper", "Util"].contains { name.contains($0) }
                #expect(!isDrawer, "\(file.path): «\(name)» is a name for a drawer")
            }
        }
    }

    @Test(arguments: ["Sources", "Tests"])
    func filesAreShort(folder: String) throws {
        for file in try SourceFile.all(in: folder) {
            #expect(file.lines.count <= 400, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test func whatTheCompilerCannotCheckHasItsReasonBesideIt() throws {
        for file in try SourceFile.all(in: "Sources") {
            for (number, text) in file.code where Self.isUnchecked(text.words) {
                let around = file.lines[max(0, number - 5)..<number]
                #expect(around.contains { $0.contains("//") }, "\(file.path):\(number) gives no reason")
            }
        }
    }

    /// `@unchecked Sendable`, `nonisolated(unsafe)` and `unsafeBitCast`.
    private static func isUnchecked(_ words: [String]) -> Bool {
        words.contains("unchecked") || words.contains("unsafeBitCast")
            || (words.contains("nonisolated") && words.contains("unsafe"))
    }
}
