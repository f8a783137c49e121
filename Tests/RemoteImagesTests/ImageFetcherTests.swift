import NIOCore
import Synchronization
import Testing
import Vocabulary
import WebClient

@testable import RemoteImages

@Suite("Fetching images")
struct ImageFetcherTests {
    private static let png = ByteBuffer(bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3])

    /// Names and what stands under URLs, and what was asked of them.
    private final class Web: Resolver, HTTPClient {
        private let names: [String: [String]]
        private let pages: [String: WebAnswer]
        private let log = Mutex<[String]>([])

        init(names: [String: [String]], pages: [String: WebAnswer]) {
            self.names = names
            self.pages = pages
        }

        var asked: [String] { self.log.withLock { $0 } }

        func addresses(of host: String, before deadline: NIODeadline) async throws(WebFault) -> [NetworkAddress] {
            guard let texts = self.names[host] else { throw WebFault("has no address") }
            return texts.compactMap { NetworkAddress($0) }
        }

        func send(
            _ request: WebRequest,
            to address: NetworkAddress,
            largest: Int?,
            before deadline: NIODeadline
        ) async throws(WebFault) -> WebAnswer {
            let target = request.target
            let url = "\(target.isSecure ? "https" : "http")://\(target.authority)\(target.target)"
            self.log.withLock { $0.append("\(url) at \(address)") }
            return self.pages[url] ?? WebAnswer(status: 404)
        }
    }

    private static func fetch(
        _ url: String,
        _ web: Web,
        allow: [String] = []
    ) async throws(GatewayError) -> (type: String, bytes: ByteBuffer) {
        let exemptions = allow.compactMap(Exemption.init)
        let limits = ImageFetcher.Limits(largest: 1 << 20, patience: .seconds(60), exemptions: exemptions)
        return try await ImageFetcher(limits, resolver: web, client: web).image(at: url)
    }

    private static func refusal(_ url: String, _ web: Web, allow: [String] = []) async -> String? {
        do throws(GatewayError) {
            _ = try await Self.fetch(url, web, allow: allow)
            return nil
        } catch {
            return error.code == .invalidRequest ? error.message : "\(error)"
        }
    }

    @Test("an image at a public address, which is the one that is connected to")
    func found() async throws {
        let web = Web(
            names: ["h.example": ["10.0.0.1", "::1", "93.184.216.34"]],
            pages: ["https://h.example/a": WebAnswer(status: 200, contentType: "image/png; q=1", body: Self.png)]
        )
        let image = try await Self.fetch("https://h.example/a", web)
        #expect(image.type == "image/png")
        #expect(image.bytes == Self.png)
        #expect(web.asked == ["https://h.example/a at 93.184.216.34"])
    }

    @Test(
        "places that are not public are not asked",
        arguments: [
            "http://inside.example/a", "http://127.0.0.1/a", "http://[::1]/a",
            "http://169.254.169.254/latest/meta-data",
            "http://outside.example:8080/a", "http://93.184.216.34:22/a",
            "http://[64:ff9b::7f00:1]/a",
        ]
    )
    func notPublic(url: String) async throws {
        let web = Web(
            names: ["inside.example": ["192.168.1.1", "fd00::1"], "outside.example": ["93.184.216.34"]],
            pages: [:]
        )
        let refusal = try #require(await Self.refusal(url, web))
        #expect(refusal.contains("images.allow"))
        #expect(!refusal.contains("192.168.1.1"))
        #expect(web.asked == [])
    }

    @Test("an address of IPv4 that is dressed up as one of IPv6 is not asked, public or not")
    func mapped() async throws {
        let web = Web(names: [:], pages: [:])
        for url in ["http://[::ffff:127.0.0.1]/a", "http://[::ffff:808:808]/a"] {
            #expect(await Self.refusal(url, web)?.contains("written as one of IPv6") == true)
            #expect(await Self.refusal(url, web, allow: ["127.0.0.0/8", "8.8.8.8"]) != nil)
        }
        #expect(web.asked == [])
    }

    @Test("a redirect is judged like the first address, at most three times")
    func redirects() async throws {
        let names = ["h.example": ["93.184.216.34"], "inside.example": ["127.0.0.1"]]
        let to = { (location: String) in WebAnswer(status: 302, location: location) }
        let pages = [
            "http://h.example/in": to("http://inside.example/a"), "http://h.example/1": to("/2"),
            "http://h.example/2": to("3"), "http://h.example/3": to("https://h.example/4"),
            "https://h.example/4": WebAnswer(status: 200, contentType: "image/png", body: Self.png),
            "http://h.example/0": to("/1"), "http://h.example/nowhere": WebAnswer(status: 301),
        ]
        let web = Web(names: names, pages: pages)
        #expect(await Self.refusal("http://h.example/in", web)?.contains("images.allow") == true)
        #expect(web.asked == ["http://h.example/in at 93.184.216.34"])
        #expect(try await Self.fetch("http://h.example/1", web).bytes == Self.png)
        #expect(await Self.refusal("http://h.example/0", web)?.contains("more than 3 times") == true)
        #expect(await Self.refusal("http://h.example/nowhere", web)?.contains("without saying where") == true)
    }

    @Test("what is no image by its header or its bytes")
    func noImage() async throws {
        let web = Web(
            names: ["h.example": ["93.184.216.34"]],
            pages: [
                "http://h.example/text": WebAnswer(status: 200, contentType: "text/html", body: Self.png),
                "http://h.example/none": WebAnswer(status: 200, body: Self.png),
                "http://h.example/svg": WebAnswer(status: 200, contentType: "image/svg+xml", body: Self.png),
                "http://h.example/lie": WebAnswer(
                    status: 200,
                    contentType: "image/png",
                    body: ByteBuffer(string: "root:x:0:0:")
                ),
            ]
        )
        for (page, words) in [
            ("text", "content-type"), ("none", "content-type"), ("svg", "content-type"), ("lie", "by its bytes"),
            ("gone?token=secret", "404"),
        ] {
            let refusal = try #require(await Self.refusal("http://h.example/\(page)", web))
            #expect(refusal.contains(words))
            #expect(!refusal.contains("secret"))
        }
    }

    @Test("what the operator names is asked although it is not public")
    func exempt() async throws {
        let web = Web(
            names: ["images.lan": ["10.1.2.3"]],
            pages: ["http://images.lan:8080/a": WebAnswer(status: 200, contentType: "image/png", body: Self.png)]
        )
        for allow in [["images.lan:8080"], ["10.1.0.0/16:8080"]] {
            #expect(try await Self.fetch("http://images.lan:8080/a", web, allow: allow).bytes == Self.png)
        }
        for allow in [["images.lan"], ["10.2.0.0/16:8080"], ["other.lan:8080"]] {
            #expect(await Self.refusal("http://images.lan:8080/a", web, allow: allow)?.contains("images.allow") == true)
        }
    }
}
