import ArgumentParser
import ConfigurationText
import Foundation

@testable import ConnectorCommand

/// A token of the right form.
let token = "tt-adit-" + String(repeating: "A", count: 43)

/// The root of the repository that this file lies in.
let repository = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path()

/// Does something with a directory that is gone afterwards.
func inTemporaryDirectory<Value>(_ body: (String) throws -> Value) throws -> Value {
    let path = FileManager.default.temporaryDirectory.path + "/connector-tests-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

extension String {
    /// Writes the text to a file and answers its path.
    func written(to path: String, mode: Int = 0o600) throws -> String {
        try Data(self.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }
}

/// A configuration, or what is wrong with it.
/// - Parameters:
///   - file: what stands in the file; there is none when it is `nil`.
///   - secret: whether a token is given by the environment.
func load(
    file: String? = nil,
    _ flags: [String] = [],
    environment: [String: String] = [:],
    secret: Bool = true
) throws -> Result<ConnectorConfiguration, ConfigurationFaults> {
    try inTemporaryDirectory { directory in
        var environment = environment
        if secret { environment["ADIT_TOKEN"] = token }
        var flags = flags
        if let file { flags += ["--config", try file.written(to: directory + "/c.yaml")] }
        let options = try RunOptions.parse(flags)
        let result = Result { () throws(ConfigurationFaults) in
            try ConnectorConfiguration.load(options: options, environment: environment)
        }
        // The place of the file is of no interest.
        return result.mapError { faults in
            ConfigurationFaults(faults: faults.faults.map { $0.named("c.yaml", inPlaceOf: directory + "/c.yaml") })
        }
    }
}

/// What is wrong with a configuration, a line for each fault.
func faults(
    file: String? = nil,
    _ flags: [String] = [],
    environment: [String: String] = [:],
    secret: Bool = true
) throws -> [String] {
    switch try load(file: file, flags, environment: environment, secret: secret) {
    case .success: []
    case .failure(let faults): faults.faults.map(\.description)
    }
}

extension ConfigurationFault {
    fileprivate func named(_ name: String, inPlaceOf path: String) -> ConfigurationFault {
        guard case .file(path, let line, let column) = self.origin else { return self }
        return ConfigurationFault(origin: .file(path: name, line: line, column: column), message: self.message)
    }
}
