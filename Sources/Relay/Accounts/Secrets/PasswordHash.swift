private import Crypto
private import CryptoExtras

/// A password as it is kept: scrypt (RFC 7914) of it under a salt of its own, with the cost that it was made with.
package struct PasswordHash: Hashable, Sendable {
    /// How much work and memory one hash takes.
    package struct Cost: Hashable, Sendable {
        /// Binary logarithm of the rounds, scrypt's N.
        package var logRounds: Int
        /// scrypt's r: one hash takes 128 · r · N bytes of memory.
        package var blockSize: Int
        /// scrypt's p.
        package var parallelism: Int

        package init(logRounds: Int, blockSize: Int, parallelism: Int) {
            self.logRounds = logRounds
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// 32 MiB and about a quarter of a second: one of the settings that OWASP's Password Storage Cheat Sheet names.
        package static let usual = Cost(logRounds: 15, blockSize: 8, parallelism: 3)

        /// Whether it is one that this relay would ever spend: what stands in a database must not ask for gigabytes.
        fileprivate var isPossible: Bool {
            (1...20).contains(self.logRounds) && (1...32).contains(self.blockSize)
                && (1...16).contains(self.parallelism)
        }
    }

    package let cost: Cost
    private let salt: [UInt8]
    private let hash: [UInt8]

    private static let length = 32
    private static let saltLength = 16

    /// Hashes a password. Takes long on purpose: never on an event loop.
    /// - Throws: when there is no memory for it.
    package init(_ password: String, cost: Cost = .usual, salt: [UInt8]? = nil) throws {
        self.cost = cost
        self.salt = salt ?? SecretSource.system(Self.saltLength)
        self.hash = try Self.derive(password, self.salt, cost)
    }

    private init(cost: Cost, salt: [UInt8], hash: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// A hash of no password, which takes as long to compare as one.
    package static func decoy(cost: Cost = .usual) -> PasswordHash {
        PasswordHash(cost: cost, salt: SecretSource.system(Self.saltLength), hash: SecretSource.system(Self.length))
    }

    /// Whether it is that password; every byte is compared, whatever the first ones are. Takes as long as making it did.
    package func matches(_ password: String) throws -> Bool {
        let other = try Self.derive(password, self.salt, self.cost)
        return zip(self.hash, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ cost: Cost) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            outputByteCount: Self.length,
            rounds: 1 << cost.logRounds,
            blockSize: cost.blockSize,
            parallelism: cost.parallelism
        )
        return key.withUnsafeBytes { Array($0) }
    }
}

/// As it stands in the database, in the manner of the PHC string format: `$scrypt$ln=15,r=8,p=3$salt$hash`.
extension PasswordHash {
    package var stored: String {
        let cost = "ln=\(self.cost.logRounds),r=\(self.cost.blockSize),p=\(self.cost.parallelism)"
        return "$scrypt$\(cost)$\(Self.hexadecimal(self.salt))$\(Self.hexadecimal(self.hash))"
    }

    /// Answers `nil` for what ``stored`` never was.
    package init?(stored text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        let numbers = parts[2].split(separator: ",").map { $0.split(separator: "=") }
        guard numbers.count == 3, zip(numbers, ["ln", "r", "p"]).allSatisfy({ $0.count == 2 && $0[0] == $1 }),
            let logRounds = Int(numbers[0][1]), let blockSize = Int(numbers[1][1]), let p = Int(numbers[2][1]),
            let salt = Self.bytes(parts[3]), let hash = Self.bytes(parts[4]), hash.count == Self.length
        else { return nil }
        self.cost = Cost(logRounds: logRounds, blockSize: blockSize, parallelism: p)
        self.salt = salt
        self.hash = hash
        guard self.cost.isPossible, !salt.isEmpty else { return nil }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}

/// Whatever prints a user does not print this.
extension PasswordHash: CustomStringConvertible, CustomReflectable {
    package var description: String { "a password" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension PasswordHash {
    /// Why a password cannot be one; `nil` when it can.
    ///
    /// Length is what counts, and nothing is asked of its characters (NIST SP 800-63B §3.1.1.2).
    package static func fault(in password: String) -> String? {
        let length = password.unicodeScalars.count
        if length < 12 { return "A password has 12 characters at least." }
        if password.utf8.count > 1_024 { return "A password has 1,024 bytes at most." }
        if password.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "A password holds no control characters."
        }
        return nil
    }
}
