import Gateway
package import NIOCore
package import Vocabulary
package import WebClient

/// Fetches images for callers who name an address, without lending them the relay's place in its network.
///
/// The name is resolved here, every address is judged, and the connection goes to the very address that was judged: a name that
/// changes its mind in between gains nothing. Redirects are judged anew. Nothing of the caller is sent.
package struct ImageFetcher: ImageSource {
    package struct Limits: Sendable {
        /// Of one image, in bytes.
        package var largest: Int
        /// For one image, redirects included.
        package var patience: TimeAmount
        package var exemptions: [Exemption]

        package init(largest: Int, patience: TimeAmount, exemptions: [Exemption]) {
            self.largest = largest
            self.patience = patience
            self.exemptions = exemptions
        }
    }

    private let limits: Limits
    private let resolver: any Resolver
    private let client: any HTTPClient

    static let mostRedirects = 3
    private static let accepted = ImageType.allCases.map(\.rawValue).joined(separator: ", ")

    package init(_ limits: Limits, resolver: any Resolver, client: any HTTPClient) {
        self.limits = limits
        self.resolver = resolver
        self.client = client
    }

    package func image(at url: String) async throws(GatewayError) -> (type: String, bytes: ByteBuffer) {
        do throws(WebFault) {
            return try await self.fetch(url)
        } catch {
            // The query stays out: it may hold a secret.
            let name = url.prefix { $0 != "?" && $0 != "#" }.prefix(200)
            throw GatewayError(.invalidRequest, "The image at «\(name)» \(error.reason).")
        }
    }

    private func fetch(_ url: String) async throws(WebFault) -> (type: String, bytes: ByteBuffer) {
        let deadline = NIODeadline.now() + self.limits.patience
        var address = try WebAddress(url)
        for _ in 0...Self.mostRedirects {
            let answer = try await self.client.send(
                WebRequest(address, headers: [("accept", Self.accepted)]),
                to: try await self.judged(address, before: deadline),
                largest: self.limits.largest,
                before: deadline
            )
            switch answer.status {
            case 200: return try Self.image(answer)
            case 301, 302, 303, 307, 308:
                guard let location = answer.location else { throw WebFault("leads elsewhere without saying where") }
                address = try address.following(location)
            default: throw WebFault("is not there: its server answered \(answer.status)")
            }
        }
        throw WebFault("leads elsewhere more than \(Self.mostRedirects) times")
    }

    /// An address of the host that may be connected to.
    private func judged(_ address: WebAddress, before deadline: NIODeadline) async throws(WebFault) -> NetworkAddress {
        let judged = try await self.resolver.address(of: address, before: deadline) {
            self.mayConnect(to: $0, for: address)
        }
        guard let judged else {
            // Which addresses a name has inside the operator's network is not told.
            throw WebFault(
                "is at a place that this relay does not fetch from: only public addresses on ports 80 and 443, and what "
                    + "its operator names in images.allow"
            )
        }
        return judged
    }

    private func mayConnect(to address: NetworkAddress, for target: WebAddress) -> Bool {
        if Exemption.usualPorts.contains(target.port), AddressGuard.isPublic(address) { return true }
        return self.limits.exemptions.contains {
            $0.covers(host: target.host, address: address, port: target.port)
        }
    }

    private static func image(_ answer: WebAnswer) throws(WebFault) -> (type: String, bytes: ByteBuffer) {
        let kinds = "image/png, image/jpeg, image/gif or image/webp"
        guard let contentType = answer.contentType, ImageType.isNamed(by: contentType) else {
            throw WebFault("is not \(kinds) by its content-type")
        }
        guard let type = ImageType(beginningOf: answer.body) else { throw WebFault("is not \(kinds) by its bytes") }
        return (type.rawValue, answer.body)
    }
}
