internal import ArgumentParser
private import Foundation
private import Terminal

/// `adit-relay backup`: a copy of the data directory that a relay can be started from.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the data directory, of a relay that runs or not, into a new directory.",
        discussion:
            "To restore it, start a relay with «--data» and the copy, or put the copy in the place of the data directory."
    )

    @OptionGroup var options: AdministrationOptions
    @Argument(help: "The directory to make; one that exists must be empty.", completion: .directory)
    var directory: String

    func run() throws {
        let backup = Backup(of: DataDirectory(path: self.options.dataDirectory()), to: self.directory)
        do {
            try backup.make()
        } catch {
            throw error as? Complaint ?? Complaint("\(error)")
        }
        let answer = CommandAnswer(
            lines: ["\(backup.data.path) is copied to \(backup.directory)"],
            document: ["directory": backup.directory]
        )
        try Output.write((self.options.isJSON ? try answer.json() : answer.lines[0]) + "\n")
    }
}
