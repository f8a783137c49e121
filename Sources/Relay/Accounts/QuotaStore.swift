/// Where the use of quotas is kept.
package protocol QuotaStore: Sendable {
    func loadQuotaUse() async throws -> [KeyID: QuotaUse]
    /// Writes down what keys have used; those that are gone are passed over. All of it or nothing.
    func save(_ uses: [KeyID: QuotaUse]) async throws
}
