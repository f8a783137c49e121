import NIOCore
import TunnelProtocol

/// Two honest ends with small limits, whatever their programs do and however the network cuts: neither breaks a rule, every
/// byte arrives in order, and in the end every stream is over and nothing is left to say.
///
/// The input: three bytes of limits; then pairs of a step (bit 0 says whose, the next three what) and its argument.
package enum QMuxPairCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        var script = Script(input)
        var settings = QMux.Settings()
        settings.streamWindow = 64 + Int(script.byte() ?? 0)
        settings.connectionWindow = 64 + Int(script.byte() ?? 0)
        settings.concurrentStreams = 1 + Int(script.byte() ?? 0) % 4
        settings.streamBuffer = 128
        var connector = End(.connector, settings)
        var relay = End(.relay, settings)
        while let step = script.byte(), let argument = script.byte() {
            if step & 1 == 0 {
                try connector.perform(step >> 1, Int(argument), &relay)
            } else {
                try relay.perform(step >> 1, Int(argument), &connector)
            }
        }
        try self.settle(&connector, &relay)
        try connector.compare(with: relay)
        try relay.compare(with: connector)
    }

    private static func settle(_ connector: inout End, _ relay: inout End) throws {
        for _ in 0..<20_000 {
            try connector.settle(&relay)
            try relay.settle(&connector)
            if connector.isQuiet, relay.isQuiet { return }
        }
        throw BrokenPromise("the two never come to rest: \(connector.story) and \(relay.story)")
    }
}
