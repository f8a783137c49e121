internal import Alerts
internal import Ingress
internal import NIOCore
private import Telemetry

/// The metrics of the relay, and those of alerts behind them.
struct RelayPages: SitePages {
    let pages: any SitePages
    let alerts: AlertCounts?

    func metrics() -> ByteBuffer {
        var bytes = self.pages.metrics()
        guard let counts = self.alerts?.snapshot else { return bytes }
        var page = PrometheusPage()
        page.family("adit_alerts_total", .counter, "Attempts to deliver alerts, by what became of them.")
        for outcome in AlertCounts.Outcome.allCases {
            page.sample([("outcome", outcome.rawValue)], Double(counts.outcomes[outcome] ?? 0))
        }
        page.family("adit_alerts_waiting", .gauge, "Alerts that have not arrived yet.")
        page.sample([], Double(counts.waiting))
        bytes.writeImmutableBuffer(page.bytes)
        return bytes
    }
}
