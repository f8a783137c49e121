import Gateway
package import NIOCore
package import Vocabulary

/// Looks up the addresses of a name.
package protocol Resolver: Sendable {
    func addresses(of host: String, before deadline: NIODeadline) async throws(FetchFault) -> [NetworkAddress]
}

/// Asks a server for what stands under an address.
package protocol Connector: Sendable {
    /// - Parameters:
    ///   - socket: what is connected to, whatever the host's name resolves to by now.
    ///   - largest: more bytes than this are refused while they come.
    func get(
        _ address: WebAddress,
        at socket: NetworkAddress,
        largest: Int,
        before deadline: NIODeadline
    ) async throws(FetchFault) -> WebAnswer
}

/// What a server said.
package struct WebAnswer: Sendable {
    package var status: Int
    package var location: String?
    package var contentType: String?
    package var body: ByteBuffer

    package init(status: Int, location: String? = nil, contentType: String? = nil, body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.location = location
        self.contentType = contentType
        self.body = body
    }
}

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
    private let connector: any Connector

    static let mostRedirects = 3

    package init(_ limits: Limits, resolver: any Resolver, connector: any Connector) {
        self.limits = limits
        self.resolver = resolver
        self.connector = connector
    }

    package func image(at url: String) async throws(GatewayError) -> (type: String, bytes: ByteBuffer) {
        do throws(FetchFault) {
            return try await self.fetch(url)
        } catch {
            // The query stays out: it may hold a secret.
            let name = url.prefix { $0 != "?" && $0 != "#" }.prefix(200)
            throw GatewayError(.invalidRequest, "The image at «\(name)» \(error.reason).")
        }
    }

    private func fetch(_ url: String) async throws(FetchFault) -> (type: String, bytes: ByteBuffer) {
        let deadline = NIODeadline.now() + self.limits.patience
        var address = try WebAddress(url)
        for _ in 0...Self.mostRedirects {
            let answer = try await self.connector.get(
                address,
                at: try await self.judged(address, before: deadline),
                largest: self.limits.largest,
                before: deadline
            )
            switch answer.status {
            case 200: return try Self.image(answer)
            case 301, 302, 303, 307, 308:
                guard let location = answer.location else { throw FetchFault("leads elsewhere without saying where") }
                address = try address.following(location)
            default: throw FetchFault("is not there: its server answered \(answer.status)")
            }
        }
        throw FetchFault("leads elsewhere more than \(Self.mostRedirects) times")
    }

    /// An address of the host that may be connected to.
    private func judged(_ address: WebAddress, before deadline: NIODeadline) async throws(FetchFault) -> NetworkAddress
    {
        let all: [NetworkAddress]
        if let literal = address.literal {
            all = [literal]
        } else {
            all = try await self.resolver.addresses(of: address.host, before: deadline)
        }
        guard let first = all.first(where: { self.mayConnect(to: $0, for: address) }) else {
            // Which addresses a name has inside the operator's network is not told.
            throw FetchFault(
                "is at a place that this relay does not fetch from: only public addresses on ports 80 and 443, and what "
                    + "its operator names in images.allow"
            )
        }
        return first
    }

    private func mayConnect(to address: NetworkAddress, for target: WebAddress) -> Bool {
        if WebAddress.usualPorts.contains(target.port), AddressGuard.isPublic(address) { return true }
        return self.limits.exemptions.contains {
            $0.covers(host: target.host, address: address, port: target.port)
        }
    }

    private static func image(_ answer: WebAnswer) throws(FetchFault) -> (type: String, bytes: ByteBuffer) {
        let kinds = "image/png, image/jpeg, image/gif or image/webp"
        guard let contentType = answer.contentType, ImageType.isNamed(by: contentType) else {
            throw FetchFault("is not \(kinds) by its content-type")
        }
        guard let type = ImageType(beginningOf: answer.body) else { throw FetchFault("is not \(kinds) by its bytes") }
        return (type.rawValue, answer.body)
    }
}
