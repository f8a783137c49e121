import Foundation

/// The kept inputs of a fuzz target.
package enum Corpus {
    /// Runs a check on every kept input, and on the same bytes cut short.
    /// - Parameter target: the folder's name in `Tests/Fuzz/Corpora`.
    /// - Returns: how many inputs there are.
    package static func replay(_ check: (some Check).Type, _ target: String) async throws -> Int {
        let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Corpora/\(target)")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        for file in files {
            // Other tests share these few threads.
            await Task.yield()
            let input = try [UInt8](Data(contentsOf: file))
            do {
                try check.run(input)
                try check.run(Array(input.prefix(input.count / 2)))
            } catch {
                throw BrokenPromise("Tests/Fuzz/Corpora/\(target)/\(file.lastPathComponent): \(error)")
            }
        }
        return files.count
    }
}
