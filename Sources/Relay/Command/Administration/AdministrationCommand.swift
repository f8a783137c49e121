internal import Administration
internal import ArgumentParser
private import FoundationEssentials
private import Terminal

/// What a command says when it was carried out, for either reader.
struct CommandAnswer: Sendable {
    /// For people.
    let lines: [String]
    /// For programs.
    let document: any Encodable & Sendable
    /// What to do should nobody ever see this answer, because it is the only one with a secret; else `nil`.
    var lost: String?

    /// The document as it is printed.
    func json() throws -> String {
        let encoder = AdministrationJSON.encoder(isPretty: true)
        return String(decoding: try encoder.encode(self.document), as: UTF8.self)
    }
}

extension CommandAnswer {
    /// The only answer with a secret.
    /// - Parameters:
    ///   - deed: what was done, such as `key key_… is made`.
    ///   - remedy: how to get another secret should this one be lost.
    init(secret: String?, _ deed: String, remedy: String, document: any Encodable & Sendable) {
        self.init(
            lines: Wording.secret(secret, deed),
            document: document,
            lost: "\(deed), and its secret is lost: \(remedy)"
        )
    }
}

/// A command that asks a running relay, and prints its answer.
protocol AdministrationCommand: AsyncParsableCommand {
    var options: AdministrationOptions { get }

    /// Asks the relay.
    /// - Throws: ``Complaint``.
    func answer(_ client: AdministrationClient) async throws -> CommandAnswer
}

extension AdministrationCommand {
    /// Prints the answer; failures go to standard error and end with status 1, with `--json` also to standard output.
    func run() async throws {
        let client = AdministrationClient(data: self.options.dataDirectory())
        let answer: CommandAnswer
        do {
            answer = try await self.answer(client)
        } catch {
            if self.options.isJSON {
                let document = ["error": ["message": "\(error)"]]
                // Standard error says it too.
                try? Output.write(try CommandAnswer(lines: [], document: document).json() + "\n", endsUnread: false)
            }
            throw error
        }
        let text = self.options.isJSON ? try answer.json() : answer.lines.joined(separator: "\n")
        do throws(Complaint) {
            try Output.write(text + "\n", endsUnread: answer.lost == nil)
        } catch {
            throw answer.lost.map { Complaint("\(error); \($0)") } ?? error
        }
    }
}
