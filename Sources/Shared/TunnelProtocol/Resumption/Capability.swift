/// What either end can do beyond version 1 of the control messages, by the name that it is announced with.
package enum Capability {
    /// An answer goes on, byte by byte, in another tunnel of its session when its own has died.
    package static let resume = "resume"
}
