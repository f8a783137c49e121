import Testing
import Vocabulary

@testable import Alerts

@Suite("What is told of, and when")
struct AlertWatchTests {
    @Test("a deployment that is offline for long, once, and when it is back")
    func offline() {
        var rules = AlertRules()
        rules.offline = 60
        var watch = AlertWatch(rules)
        let kinds = { (online: Bool, now: Int) in
            watch.observe(Observation(deployments: ["m": online]), now: now).map(\.kind)
        }
        #expect(kinds(true, 0).isEmpty)
        #expect(kinds(false, 10).isEmpty)
        #expect(kinds(false, 69).isEmpty)
        #expect(kinds(false, 70) == [.deploymentOffline])
        #expect(kinds(false, 700).isEmpty)
        #expect(kinds(true, 701) == [.deploymentOnline])
        #expect(kinds(true, 702).isEmpty)
        // Short gaps are nobody's trouble, and begin anew.
        #expect(kinds(false, 710).isEmpty)
        #expect(kinds(true, 760).isEmpty)
        #expect(kinds(false, 765).isEmpty)
        #expect(kinds(false, 800).isEmpty)
    }

    @Test("what is deleted or disabled is forgotten")
    func forgotten() {
        var rules = AlertRules()
        rules.offline = 1
        var watch = AlertWatch(rules)
        _ = watch.observe(Observation(deployments: ["m": false]), now: 0)
        #expect(watch.observe(Observation(deployments: ["m": false]), now: 1).count == 1)
        #expect(watch.observe(Observation(), now: 2).isEmpty)
        #expect(watch.observe(Observation(deployments: ["m": true]), now: 3).isEmpty)
    }

    @Test("calls that fail, as a share of those in the window")
    func errors() {
        var rules = AlertRules()
        rules.errorPercent = 50
        rules.errorWindow = 60
        rules.errorCalls = 4
        var watch = AlertWatch(rules)
        let kinds = { (all: Int, failed: Int, now: Int) in
            watch.observe(Observation(calls: ["m": .init(all: all, failed: failed)]), now: now).map(\.kind)
        }
        // What was before the first look does not count.
        #expect(kinds(100, 90, 0).isEmpty)
        #expect(kinds(103, 93, 10).isEmpty, "three are too few")
        #expect(kinds(104, 93, 20) == [.errorsHigh])
        #expect(kinds(105, 94, 30).isEmpty)
        #expect(kinds(115, 94, 40) == [.errorsNormal])
        // The window moves on: only what is new counts.
        #expect(kinds(115, 94, 200).isEmpty)
        #expect(kinds(119, 96, 210) == [.errorsHigh])
        #expect(kinds(119, 96, 300) == [.errorsNormal])
    }

    @Test("a balance, by the operator's threshold")
    func balances() {
        var rules = AlertRules()
        rules.lowBalance = MicroCredits(2_500_000)
        var watch = AlertWatch(rules)
        let events = { (balance: Int64) in
            let payer = Observation.Payer(name: "Ada", balance: MicroCredits(balance))
            return watch.observe(Observation(payers: ["u": payer]), now: 0)
        }
        #expect(events(2_500_000).isEmpty)
        let low = events(2_499_999)
        #expect(low.map(\.kind) == [.balanceLow])
        #expect(low.first?.subject == "u")
        #expect(low.first?.message == "The user «Ada» has 2.499999 credits left, fewer than 2.5.")
        #expect(events(50).isEmpty)
        #expect(events(2_500_000).map(\.kind) == [.balanceNormal])
        #expect(events(0).map(\.kind) == [.balanceLow])
    }

    @Test("a user who is gone while the balance is low is told of anew when it comes back")
    func payers() {
        var rules = AlertRules()
        rules.lowBalance = MicroCredits(1)
        var watch = AlertWatch(rules)
        let poor = Observation(payers: ["u": .init(name: "Ada", balance: .zero)])
        #expect(watch.observe(poor, now: 0).count == 1)
        #expect(watch.observe(Observation(), now: 1).isEmpty)
        #expect(watch.observe(poor, now: 2).count == 1)
    }

    @Test("nothing is watched that nobody asked for")
    func nothing() {
        var watch = AlertWatch(AlertRules())
        let observation = Observation(
            deployments: ["m": false],
            calls: ["m": .init(all: 100, failed: 100)],
            payers: ["u": .init(name: "Ada", balance: .zero)]
        )
        for now in [0, 1_000, 100_000] { #expect(watch.observe(observation, now: now).isEmpty) }
    }
}

@Suite("Messages on their way")
struct DeliveryQueueTests {
    private static let event = AlertEvent(.test, "", time: 0, message: "")

    @Test("a message is tried again, later each time, and given up in the end")
    func retries() {
        var queue = DeliveryQueue()
        #expect(queue.add(Self.event, id: "a", now: 0) == nil)
        var now = 0
        var waits: [Int] = []
        while let message = queue.next(now: now) {
            #expect(message.id == "a")
            let isLast = queue.failed("a", now: now, chance: 0)
            if isLast { break }
            #expect(queue.next(now: now) == nil)
            let before = now
            while queue.next(now: now) == nil { now += 1 }
            waits.append(now - before)
        }
        #expect(queue.count == 0)
        #expect(waits == [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120])
    }

    @Test("one that arrived is gone; those of other troubles are not held up")
    func others() {
        var queue = DeliveryQueue()
        _ = queue.add(Self.event, id: "a", now: 0)
        _ = queue.add(AlertEvent(.errorsHigh, "m", time: 1, message: ""), id: "b", now: 1)
        _ = queue.failed("a", now: 1, chance: 1)
        #expect(queue.next(now: 1)?.id == "b")
        queue.arrived("b")
        #expect(queue.next(now: 6) == nil, "chance adds to the wait")
        #expect(queue.next(now: 7)?.id == "a")
    }

    @Test("that a trouble is over is told after its beginning, whatever becomes of that")
    func order() {
        var queue = DeliveryQueue()
        _ = queue.add(AlertEvent(.balanceLow, "a", time: 0, message: ""), id: "low a", now: 0)
        _ = queue.failed("low a", now: 0, chance: 0)
        _ = queue.add(AlertEvent(.balanceNormal, "a", time: 1, message: ""), id: "normal a", now: 1)
        #expect(queue.next(now: 1) == nil)
        _ = queue.add(AlertEvent(.balanceLow, "b", time: 2, message: ""), id: "low b", now: 2)
        // The same subject, but another trouble.
        _ = queue.add(AlertEvent(.deploymentOffline, "a", time: 3, message: ""), id: "offline a", now: 3)
        var told: [String] = []
        while let next = queue.next(now: 10) {
            told.append(next.id)
            queue.arrived(next.id)
        }
        #expect(told.filter { $0.hasSuffix(" a") && $0 != "offline a" } == ["low a", "normal a"])
        #expect(Set(told) == ["low a", "normal a", "low b", "offline a"])
    }

    @Test("one that is given up holds up nobody")
    func givenUp() {
        var queue = DeliveryQueue()
        _ = queue.add(AlertEvent(.deploymentOffline, "m", time: 0, message: ""), id: "offline", now: 0)
        _ = queue.add(AlertEvent(.deploymentOnline, "m", time: 1, message: ""), id: "online", now: 1)
        for _ in 0..<DeliveryQueue.mostAttempts {
            #expect(queue.next(now: 1)?.id == "offline")
            _ = queue.failed("offline", now: -100_000, chance: 0)
        }
        #expect(queue.next(now: 1)?.id == "online")
    }

    @Test("so many wait and no more")
    func bounded() {
        var queue = DeliveryQueue()
        for index in 0..<DeliveryQueue.most { #expect(queue.add(Self.event, id: "\(index)", now: 0) == nil) }
        #expect(queue.add(Self.event, id: "more", now: 0)?.id == "0")
        #expect(queue.count == DeliveryQueue.most)
    }
}

@Suite("Signatures of messages")
struct WebhookSignatureTests {
    /// The example in the specification of Standard Webhooks' reference libraries.
    @Test("the known answer")
    func known() throws {
        let signature = try #require(WebhookSignature(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let headers = signature.headers(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            time: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8)
        )
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(headers.last?.value == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("no description tells the secret")
    func isNotDescribed() throws {
        let secret = "supersecret-abcdefgh"
        let signature = try #require(WebhookSignature(secret: secret))
        var dumped = ""
        dump(["signature": signature as WebhookSignature?], to: &dumped)
        for text in ["\(signature)", "\([signature as WebhookSignature?])", String(reflecting: signature), dumped] {
            #expect(!text.contains(secret) && !text.contains("115"), "\(text)")
        }
    }

    @Test("secrets that are none", arguments: ["", "short", "whsec_", "whsec_!!!", "whsec_AAAA", "123456789012345"])
    func none(_ secret: String) {
        #expect(WebhookSignature(secret: secret) == nil)
    }
}

@Suite("Where messages may go")
struct WebhookAddressTests {
    @Test("only https to public addresses, unless the operator allows more")
    func addresses() {
        for url in ["https://ops.example.com/x", "https://8.8.8.8/"] {
            #expect(WebhookSender.fault(in: url, allowsPrivate: false) == nil, "\(url)")
        }
        for url in [
            "http://ops.example.com/", "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/",
            "https://169.254.169.254/latest", "http://127.0.0.1:1/", "https://user@x/", "ftp://x/",
            "https://2130706433/",
        ] {
            #expect(WebhookSender.fault(in: url, allowsPrivate: false) != nil, "\(url)")
        }
        for url in [
            "https://127.0.0.1/", "https://10.0.0.1/", "http://127.0.0.1:1/", "http://localhost/", "http://[::1]/",
        ] {
            #expect(WebhookSender.fault(in: url, allowsPrivate: true) == nil, "\(url)")
        }
        #expect(WebhookSender.fault(in: "http://10.0.0.1/", allowsPrivate: true) != nil)
    }
}
