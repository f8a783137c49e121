import Foundation

/// What `Package.swift` says of one target; read as text, for the package manager itself takes seconds to say it.
struct DeclaredTarget {
    var name: String
    /// From the root of the repository.
    var folder: String
    /// The modules that its files may import.
    var modules: Set<String>

    static func all() throws -> [DeclaredTarget] {
        let manifest = try String(contentsOf: SourceFile.root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let products = manifest.matches(of: /static let (\w+) = product\(name: "(\w+)"/).map { ($0.1, String($0.2)) }
        let names = Dictionary(uniqueKeysWithValues: products)
        let beginning = /\b(target|program|tests|testTarget)\(\s*(?:name: )?"(\w+)",(?:\s*in: "(\w+)")?/
        return manifest.matches(of: beginning).compactMap { match in
            let rest = manifest[match.range.upperBound...]
            guard let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") else { return nil }
            let own = rest[open..<close].matches(of: /"(\w+)"/).map { String($0.1) }
            let foreign = rest[open..<close].matches(of: /\.(\w+)/).map { names[$0.1] ?? String($0.1) }
            let name = String(match.2)
            let folder =
                switch (match.1, match.3) {
                case ("tests", _): "Tests/\(name)Tests"
                case ("program", let folder?): "Sources/\(folder)/Command"
                case (_, let folder?): "Sources/\(folder)/\(name)"
                case (_, nil): rest[close...].firstMatch(of: /path: "([^"]+)"/).map { String($0.1) } ?? ""
                }
            return DeclaredTarget(name: name, folder: folder, modules: Set(own + foreign))
        }
    }
}
