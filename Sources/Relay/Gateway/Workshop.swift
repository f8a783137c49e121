/// Threads of the relay's own for work that would hold up an event loop. Whoever makes one ends it, after the last call.
package protocol Workshop: Sendable {
    /// Does a piece of work when a thread is free.
    /// - Throws: what the work throws, or `CancellationError` when nobody waits for it any more before it has begun.
    func run<Product: Sendable>(_ work: @escaping @Sendable () throws -> Product) async throws -> Product
}
