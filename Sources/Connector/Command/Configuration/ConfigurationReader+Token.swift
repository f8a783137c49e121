import ConfigurationText
private import Foundation
private import Terminal

extension ConfigurationReader {
    /// The tunnel token: of a flag, of the environment, or of the file that one of the three places names.
    mutating func token() -> (token: String, warning: String?)? {
        let direct = self.sources.value("token")
        let file = self.sources.value("token-file")
        switch (direct, file) {
        case (nil, nil):
            self.fault(
                .builtIn,
                "no tunnel token: whoever hosts the relay makes one with «adit-relay token create NAME»; "
                    + "give it by ADIT_TOKEN or --token-file"
            )
            return nil
        case (let direct?, let file?) where ConfigurationSources.rank(direct) == ConfigurationSources.rank(file):
            self.fault(file.origin, "the tunnel token is given twice: expected it, or the file that holds it")
            return nil
        case (let direct?, _)
        where file.map { ConfigurationSources.rank($0) < ConfigurationSources.rank(direct) } ?? true:
            let token = self.attempt(direct, nil) { try Self.checked($0) }
            return token.map { ($0, nil) }
        case (_, let file?):
            let token = self.attempt(file, nil) { path in
                guard let data = FileManager.default.contents(atPath: path) else {
                    throw Complaint("token-file: there is no file \(path), or it may not be read")
                }
                return try Self.checked(String(decoding: data, as: UTF8.self))
            }
            return token.map { ($0, Self.warning(aboutFile: file.text)) }
        case (.some, nil):
            return nil
        }
    }

    /// A token as `adit-relay token create` shows it: `tt-adit-` and 32 bytes in base64url.
    private static func checked(_ text: String) throws -> String {
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if token.hasPrefix("sk-adit-") {
            throw Complaint("that is a caller's key; a connector needs a tunnel token, which begins with tt-adit-")
        }
        // What it says must never be shown, not even when it is no token.
        guard token.wholeMatch(of: /tt-adit-[A-Za-z0-9_-]{43}/) != nil else {
            throw Complaint("that is no tunnel token: expected tt-adit- and 43 characters more, all of them")
        }
        return token
    }

    private static func warning(aboutFile path: String) -> String? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let mode = attributes?[.posixPermissions] as? Int, mode & 0o004 != 0 else { return nil }
        return "every user of this machine can read the tunnel token in \(path): chmod 600 \(path)"
    }
}
