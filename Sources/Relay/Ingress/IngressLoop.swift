import Gateway
private import Glibc
import NIOCore
import Vocabulary

/// What the connections of one event loop share. Used on that event loop only.
final class IngressLoop {
    let lane: CallLane
    /// What is being sent just now.
    var outgoing = ByteBuffer()
    private var dateSecond = 0
    private var dateText = ""

    /// - Parameter number: different for each loop of the process.
    init(eventLoop: any EventLoop, number: Int) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        self.lane = CallLane(
            eventLoop: eventLoop,
            number: number,
            seed: .random(in: .min ... .max),
            time: Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
        )
    }

    /// The value of `date` (RFC 9110 §5.6.7), made anew once a second.
    func date() -> String {
        var now = time(nil)
        guard now != self.dateSecond else { return self.dateText }
        self.dateSecond = now
        var parts = tm()
        gmtime_r(&now, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let two = { (number: Int32) in number < 10 ? "0\(number)" : "\(number)" }
        self.dateText =
            "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
        return self.dateText
    }
}
