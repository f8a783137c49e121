private import Foundation
internal import GRDB
package import Ledger
private import Synchronization
package import Vocabulary

extension SQLiteStore {
    package func insert(_ codes: [RedeemCode]) async throws {
        try await self.changeLedger("write the codes") { database in
            for code in codes {
                try database.execute(
                    sql: """
                        INSERT INTO redeem_code (id, digest, hint, amount, note, created, expires)
                        VALUES (?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        code.id, Data(code.digest.bytes), code.hint, code.amount.rawValue, code.note, code.created,
                        code.expires,
                    ]
                )
            }
        }
    }

    package func codes() async throws -> [RedeemCode] {
        try await self.readLedger { database in
            try Row.fetchAll(database, sql: "SELECT * FROM redeem_code ORDER BY created DESC, id").map(RedeemCode.init)
        }
    }

    package func redeem(
        _ digest: RedeemCode.Digest,
        by holder: HolderID,
        atMost most: MicroCredits,
        time: Int64
    ) async throws -> RedeemCode {
        let known = self.accounts.withLock { $0 }
        return try await self.changeLedger("redeem the code") { database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT * FROM redeem_code WHERE digest = ?",
                arguments: [Data(digest.bytes)]
            )
            guard let row else { throw LedgerError.notFound("such code") }
            var code = RedeemCode(row)
            let now = Int(time / 1_000)
            guard code.redeemed == nil else { throw LedgerError.conflict("This code has been redeemed already.") }
            if let expires = code.expires, expires <= now {
                throw LedgerError.conflict("This code has expired.")
            }
            guard code.amount <= most else { throw LedgerError.impossibleAmount }
            code.redeemed = now
            code.redeemedBy = holder
            try database.execute(
                sql: "UPDATE redeem_code SET redeemed = ?, redeemed_by = ? WHERE id = ?",
                arguments: [now, holder.rawValue, code.id]
            )
            var writer = try LedgerWriter(database, accounts: known)
            try writer.write([
                LedgerEntry(
                    first: Movement(
                        .code,
                        from: .codes,
                        to: .available(holder),
                        amount: code.amount,
                        time: time,
                        note: code.id
                    )
                )
            ])
            return code
        }
    }
}

extension RedeemCode {
    fileprivate init(_ row: Row) {
        let digest: Data = row["digest"]
        let redeemedBy: String? = row["redeemed_by"]
        self.init(
            id: row["id"],
            digest: Digest(bytes: Array(digest)),
            hint: row["hint"],
            amount: MicroCredits(row["amount"]),
            note: row["note"],
            created: row["created"],
            expires: row["expires"],
            redeemed: row["redeemed"],
            redeemedBy: redeemedBy.map(HolderID.init(rawValue:))
        )
    }
}
