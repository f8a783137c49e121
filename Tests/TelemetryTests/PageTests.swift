import NIOCore
import Testing

@testable import Telemetry

@Suite("Prometheus' text format")
struct PageTests {
    private func text(_ write: (inout PrometheusPage) -> Void) -> String {
        var page = PrometheusPage()
        write(&page)
        return String(buffer: page.bytes)
    }

    @Test("a family is named, explained and typed before its samples")
    func family() {
        let text = self.text { page in
            page.family("adit_x_total", .counter, "What it counts.")
            page.sample([], 3)
            page.family("adit_y", .gauge, "What it shows.")
            page.sample([("a", "b"), ("c", "d")], -0.5)
        }
        #expect(
            text == """
                # HELP adit_x_total What it counts.
                # TYPE adit_x_total counter
                adit_x_total 3
                # HELP adit_y What it shows.
                # TYPE adit_y gauge
                adit_y{a="b",c="d"} -0.5

                """
        )
    }

    @Test(
        "a label's value is escaped",
        arguments: [
            ("plain", "plain"), ("", ""), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("\\n", "\\\\n"),
            ("\\\"\n", "\\\\\\\"\\n"), ("é😀", "é😀"), ("a\r\nb", "a\r\\nb"), ("{a=\"b\"} 1", "{a=\\\"b\\\"} 1"),
        ]
    )
    func escaping(_ value: String, _ expected: String) {
        let text = self.text { page in
            page.family("x", .gauge, "h")
            page.sample([("l", value)], 1)
        }
        // Compared byte by byte: Swift takes a carriage return and a line feed for one character.
        #expect(Array(text.utf8) == Array("# HELP x h\n# TYPE x gauge\nx{l=\"\(expected)\"} 1\n".utf8))
    }

    @Test(
        "numbers",
        arguments: [
            (0.0, "0"), (1.0, "1"), (-1.0, "-1"), (0.001, "0.001"), (2.5, "2.5"),
            (999_999_999_999_999.0, "999999999999999"),
            (1e15, "1000000000000000.0"), (1e16, "1e+16"), (1e300, "1e+300"),
        ]
    )
    func numbers(_ value: Double, _ expected: String) {
        let text = self.text { page in
            page.family("x", .gauge, "h")
            page.sample([], value)
        }
        #expect(text.hasSuffix("\nx \(expected)\n"))
    }

    @Test("a time falls into the first bucket that holds it, its bound included")
    func buckets() {
        var histogram = Histogram()
        let times: [(TimeAmount, Int)] = [
            (.nanoseconds(0), 0), (.milliseconds(1), 0), (.nanoseconds(1_000_001), 1), (.milliseconds(5), 1),
            (.seconds(1), 7), (.milliseconds(1_001), 8), (.seconds(600), 15), (.milliseconds(600_001), 16),
            (.hours(10), 16),
        ]
        var expected = [Int](repeating: 0, count: Histogram.bounds.count + 1)
        for (time, bucket) in times {
            histogram.add(time)
            expected[bucket] += 1
            #expect(histogram.counts == expected, "\(time)")
        }
    }

    @Test("the bounds rise")
    func bounds() {
        #expect(Histogram.bounds == Histogram.bounds.sorted())
        #expect(Set(Histogram.bounds).count == Histogram.bounds.count)
    }

    @Test("a histogram is cumulative and ends in all")
    func histogram() {
        var histogram = Histogram()
        for time in [TimeAmount.milliseconds(1), .milliseconds(3), .milliseconds(3), .seconds(2), .seconds(1_000)] {
            histogram.add(time)
        }
        let text = self.text { $0.histogram("adit_t_seconds", "Times.", histogram) }
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "# HELP adit_t_seconds Times.")
        #expect(lines[1] == "# TYPE adit_t_seconds histogram")
        let counts = [1, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4]
        let names =
            ["0.001", "0.005", "0.01", "0.05", "0.1", "0.25", "0.5", "1", "2.5"]
            + ["5", "10", "30", "60", "120", "300", "600"]
        for (index, (name, count)) in zip(names, counts).enumerated() {
            #expect(lines[2 + index] == "adit_t_seconds_bucket{le=\"\(name)\"} \(count)")
        }
        #expect(lines[18] == "adit_t_seconds_bucket{le=\"+Inf\"} 5")
        #expect(lines[19] == "adit_t_seconds_sum 1002.007")
        #expect(lines[20] == "adit_t_seconds_count 5")
        #expect(lines.count == 21)
    }
}
