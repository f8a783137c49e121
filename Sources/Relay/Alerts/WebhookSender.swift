private import FoundationEssentials
internal import NIOCore
package import RemoteImages
private import Vocabulary

/// Brings messages to the operator's address.
package protocol MessageSender: Sendable {
    /// - Throws: why it did not arrive.
    func send(_ body: [UInt8], headers: [(name: String, value: String)]) async throws
}

/// Posts messages to an address on the web; only what is configured, and no redirect is followed.
package struct WebhookSender: MessageSender {
    /// Why an address cannot be one.
    package struct Unfit: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    private let address: WebAddress
    private let allowsPrivate: Bool
    private let resolver: any Resolver
    private let connector: SocketConnector
    private static let patience = TimeAmount.seconds(10)

    /// - Parameters:
    ///   - url: https; http only on this machine, and only when private addresses are allowed.
    ///   - allowsPrivate: whether addresses are posted to that are not public.
    package init(
        url: String,
        allowsPrivate: Bool,
        resolver: any Resolver,
        connector: SocketConnector
    ) throws(Unfit) {
        self.address = try Self.address(url, allowsPrivate: allowsPrivate)
        self.allowsPrivate = allowsPrivate
        self.resolver = resolver
        self.connector = connector
    }

    /// What is wrong with an address; `nil` when nothing is.
    package static func fault(in url: String, allowsPrivate: Bool) -> String? {
        do throws(Unfit) {
            _ = try self.address(url, allowsPrivate: allowsPrivate)
            return nil
        } catch {
            return error.description
        }
    }

    private static func address(_ url: String, allowsPrivate: Bool) throws(Unfit) -> WebAddress {
        let address: WebAddress
        do throws(FetchFault) {
            address = try WebAddress(url)
        } catch {
            throw Unfit(description: "the address \(error.reason)")
        }
        guard address.isSecure || (address.isLoopback && allowsPrivate) else {
            throw Unfit(description: "the address is not https; http is for this machine only, with alerts.private")
        }
        if let literal = address.literal, !allowsPrivate, !AddressGuard.isPublic(literal) {
            throw Unfit(description: "the address is not public: alerts.private allows that")
        }
        return address
    }

    package func send(_ body: [UInt8], headers: [(name: String, value: String)]) async throws {
        let deadline = NIODeadline.now() + Self.patience
        let candidates: [NetworkAddress]
        if let literal = self.address.literal {
            candidates = [literal]
        } else {
            candidates = try await self.resolver.addresses(of: self.address.host, before: deadline)
        }
        // Judged where it is connected to: a name that changes its mind gains nothing.
        guard let socket = candidates.first(where: { self.allowsPrivate || AddressGuard.isPublic($0) }) else {
            throw FetchFault("is at an address that is not public: alerts.private allows that")
        }
        let status = try await self.connector.post(
            self.address,
            at: socket,
            body: ByteBuffer(bytes: body),
            headers: headers + [("content-type", "application/json")],
            before: deadline
        )
        guard (200..<300).contains(status) else { throw FetchFault("answered \(status)") }
    }
}
