private import Accounts
private import FoundationEssentials
internal import Hummingbird
internal import Ledger
private import Vocabulary

/// Records of calls.
extension AdministrationService {
    private static let times: [Operation.Parameter] = [
        .init("from", .time("From when on.")), .init("to", .time("Until before when.")),
    ]

    /// When a record may be of, in milliseconds since 1970: from then on until the year 2248.
    private static let moments = 0..<(1 << 43) as Range<Int64>

    var usage: [Operation] {
        [
            Operation(
                "listUsage",
                .get,
                "usage",
                "List the records of calls, oldest first.",
                parameters: Self.times,
                answer: .page(UsageDocument.self)
            ) { request, _ in
                try await self.records(request, of: nil)
            },
            Operation(
                "listOwnUsage",
                .get,
                "me/usage",
                "List the records of one's own calls, oldest first.",
                access: .user,
                parameters: Self.times,
                answer: .page(UsageDocument.self),
                refusals: [409]
            ) { request, context in
                try await self.records(request, of: HolderID(rawValue: try context.user().id.rawValue))
            },
        ]
    }

    /// - Parameter holder: whose; `nil` for everybody's.
    private func records(_ request: Request, of holder: HolderID?) async throws -> Response {
        let page = try Page(request)
        let from = try Self.time("from", of: request) ?? .min
        let to = try Self.time("to", of: request) ?? .max
        let after = try page.after.map { text throws(Problem) in
            let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let time = Int64(parts[0]), Self.moments.contains(time) else {
                throw Page.foreignCursor
            }
            return UsageCursor(time: time, call: CallID(rawValue: String(parts[1])))
        }
        let records = try await self.ledger.attempt {
            try await $0.usage(of: holder, from: from, to: to, after: after, limit: page.limit)
        }
        let next = records.count < page.limit ? nil : records.last.map { "\($0.time)-\($0.call)" }
        return try page.answer(request, records.map(UsageDocument.init), next: next)
    }

    /// A time of the query, in milliseconds since 1970.
    private static func time(_ name: String, of request: Request) throws(Problem) -> Int64? {
        guard let text = request.uri.queryParameters[name[...]] else { return nil }
        guard let date = try? Date(String(text), strategy: .iso8601) else {
            throw Problem(.badRequest, "\(name) is no time: expected one such as 2026-01-31T12:00:00Z.")
        }
        return Int64(date.timeIntervalSince1970 * 1_000)
    }
}
