package import NIOCore

/// Times in buckets that fit language models: from a millisecond to ten minutes.
struct Histogram {
    static let bounds: [Double] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]

    private(set) var counts = [Int](repeating: 0, count: Histogram.bounds.count + 1)
    private(set) var sum = 0.0

    mutating func add(_ time: TimeAmount) {
        let seconds = Double(time.nanoseconds) / 1e9
        self.sum += seconds
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        self.counts[bucket] += 1
    }
}

/// Writes Prometheus' text exposition format, version 0.0.4 (prometheus.io, «Exposition formats»).
package struct PrometheusPage {
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    package private(set) var bytes = ByteBuffer()
    private var family = ""

    package init() {}

    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.family = name
        self.bytes.writeString("# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n")
    }

    package mutating func sample(_ labels: [(String, String)], _ value: Double, suffix: String = "") {
        self.bytes.writeString(self.family + suffix)
        if !labels.isEmpty {
            let inside = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            self.bytes.writeString("{\(inside)}")
        }
        self.bytes.writeString(" \(Self.text(value))\n")
    }

    mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
        self.histograms(name, help, [([], histogram)])
    }

    /// Writes several of one family, told apart by their labels.
    mutating func histograms(
        _ name: String,
        _ help: String,
        _ histograms: [(labels: [(String, String)], histogram: Histogram)]
    ) {
        self.family(name, .histogram, help)
        for (labels, histogram) in histograms {
            var total = 0
            for (index, bound) in Histogram.bounds.enumerated() {
                total += histogram.counts[index]
                self.sample(labels + [("le", Self.text(bound))], Double(total), suffix: "_bucket")
            }
            total += histogram.counts[Histogram.bounds.count]
            self.sample(labels + [("le", "+Inf")], Double(total), suffix: "_bucket")
            self.sample(labels, histogram.sum, suffix: "_sum")
            self.sample(labels, Double(total), suffix: "_count")
        }
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        // Scalar by scalar: as a character, a line feed behind a carriage return is not a line feed.
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
