import NIOCore

/// A call that was let in, with all that goes along from the line to a server, and back into the line.
struct AdmittedCall {
    let call: Call
    let caller: Caller
    /// What it holds until its end.
    var stake = Gateway.Stake()
    /// Numbers of tunnels that have refused it.
    var tried: [Int] = []
    /// When a streamed answer was begun before anybody was there to give it.
    var announced: NIODeadline?
}
