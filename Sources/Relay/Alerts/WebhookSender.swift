internal import NIOCore
package import WebClient

/// Brings messages to the operator's address.
package protocol MessageSender: Sendable {
    /// - Throws: why it did not arrive.
    func send(_ body: [UInt8], headers: [(name: String, value: String)]) async throws
}

/// Posts messages to an address on the web; only what is configured, and no redirect is followed.
package struct WebhookSender: MessageSender {
    /// Why an address cannot be posted to, or a message did not arrive.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }

        init(_ fault: WebFault) {
            self.description = "the address \(fault.reason)"
        }
    }

    private let address: WebAddress
    private let allowsPrivate: Bool
    private let resolver: any Resolver
    private let client: any HTTPClient
    private static let patience = TimeAmount.seconds(10)

    /// - Parameters:
    ///   - url: https; http only on this machine, and only when private addresses are allowed.
    ///   - allowsPrivate: whether addresses are posted to that are not public.
    package init(
        url: String,
        allowsPrivate: Bool,
        resolver: any Resolver,
        client: any HTTPClient
    ) throws(Fault) {
        self.address = try Self.address(url, allowsPrivate: allowsPrivate)
        self.allowsPrivate = allowsPrivate
        self.resolver = resolver
        self.client = client
    }

    /// What is wrong with an address; `nil` when nothing is.
    package static func fault(in url: String, allowsPrivate: Bool) -> String? {
        do throws(Fault) {
            _ = try self.address(url, allowsPrivate: allowsPrivate)
            return nil
        } catch {
            return error.description
        }
    }

    private static func address(_ url: String, allowsPrivate: Bool) throws(Fault) -> WebAddress {
        let address: WebAddress
        do throws(WebFault) {
            address = try WebAddress(url)
        } catch {
            throw Fault(error)
        }
        guard address.isSecure || (address.isLoopback && allowsPrivate) else {
            throw Fault("the address is not https; http is for this machine only, with alerts.private")
        }
        if let literal = address.literal, !allowsPrivate, !AddressGuard.isPublic(literal) {
            throw Fault("the address is not public: alerts.private allows that")
        }
        return address
    }

    package func send(_ body: [UInt8], headers: [(name: String, value: String)]) async throws {
        do throws(WebFault) {
            try await self.post(
                WebRequest(
                    self.address,
                    headers: headers + [("content-type", "application/json")],
                    body: ByteBuffer(bytes: body)
                )
            )
        } catch {
            throw Fault(error)
        }
    }

    private func post(_ request: WebRequest) async throws(WebFault) {
        let deadline = NIODeadline.now() + Self.patience
        let judged = try await self.resolver.address(of: self.address, before: deadline) {
            self.allowsPrivate || AddressGuard.isPublic($0)
        }
        guard let judged else { throw WebFault("is not public: alerts.private allows that") }
        let status = try await self.client.send(request, to: judged, largest: nil, before: deadline).status
        guard (200..<300).contains(status) else { throw WebFault("answered \(status)") }
    }
}
