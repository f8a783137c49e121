/// How stored responses are kept.
package struct ResponseKeeping: Sendable {
    /// The texts of all of them together, in bytes.
    package var bytes = 64 << 20
    /// How long one is kept after its last use.
    package var seconds = 3_600
    /// How many may be made in the background at the same time for one key.
    package var runningPerKey = 16
    /// How many may be made in the background at the same time in all.
    package var running = 256
    /// Whether somebody writes them down: ``ResponseStore/takeChanges()`` is asked for what has changed.
    package var isPersisted = false

    package init() {}
}
