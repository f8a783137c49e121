internal import Administration
internal import ArgumentParser
private import Foundation
private import Terminal

extension UserCommand {
    struct SetPassword: AdministrationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the user sign in with a password, which is read from standard input.",
            discussion:
                "It is no argument, since others on this machine can see those: adit-relay user set-password ada < file"
        )

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The name, e-mail address or id.") var user: String

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            guard let password = Self.readPassword(), !password.isEmpty else {
                throw Complaint("there is no password on standard input")
            }
            try await client.put(["users", self.user, "password"], body: PasswordDocument.Setting(password: password))
            return CommandAnswer(
                lines: ["user \(self.user) has a new password"],
                document: ["user": self.user, "password": "set"]
            )
        }

        /// The first line of standard input; at a terminal it is not shown.
        private static func readPassword() -> String? {
            guard isatty(STDIN_FILENO) == 1 else { return readLine() }
            FileHandle.standardError.write(Data("password: ".utf8))
            var shown = termios()
            tcgetattr(STDIN_FILENO, &shown)
            var hidden = shown
            hidden.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
            defer {
                tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
                FileHandle.standardError.write(Data("\n".utf8))
            }
            return readLine()
        }
    }

    struct RemovePassword: AdministrationCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the user's password away, and end the sessions."
        )

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The name, e-mail address or id.") var user: String

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            try await client.delete(["users", self.user, "password"])
            return CommandAnswer(
                lines: ["user \(self.user) has no password"],
                document: ["user": self.user, "password": "removed"]
            )
        }
    }
}
