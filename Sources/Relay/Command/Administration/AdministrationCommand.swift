internal import Administration
internal import ArgumentParser
private import FoundationEssentials

/// What a command says when it was carried out, for either reader.
struct CommandAnswer: Sendable {
    /// For people.
    let lines: [String]
    /// For programs.
    let document: any Encodable & Sendable

    /// The document as it is printed.
    func json() throws -> String {
        let encoder = AdministrationJSON.encoder(isPretty: true)
        return String(decoding: try encoder.encode(self.document), as: UTF8.self)
    }
}

/// A command that asks a running relay, and prints its answer.
protocol AdministrationCommand: AsyncParsableCommand {
    var options: AdministrationOptions { get }

    /// Asks the relay.
    /// - Throws: ``AdministrationFailure``.
    func answer(_ client: AdministrationClient) async throws -> CommandAnswer
}

extension AdministrationCommand {
    /// Prints the answer; failures go to standard error and end with status 1, with `--json` also to standard output.
    func run() async throws {
        let client = AdministrationClient(data: self.options.dataDirectory())
        do {
            let answer = try await self.answer(client)
            print(self.options.isJSON ? try answer.json() : answer.lines.joined(separator: "\n"))
        } catch {
            if self.options.isJSON {
                let document = ["error": ["message": "\(error)"]]
                print(try CommandAnswer(lines: [], document: document).json())
            }
            throw error
        }
    }
}
