private import Glibc
package import NIOCore
package import NIOPosix
package import Vocabulary

/// The system's own way to look up names, on threads of its own: it blocks, and cannot be told to stop.
package struct SystemResolver: Resolver {
    private let pool: NIOThreadPool
    private let group: any EventLoopGroup

    /// - Parameter group: has the clock for those who wait.
    package init(pool: NIOThreadPool, group: any EventLoopGroup) {
        self.pool = pool
        self.group = group
    }

    package func addresses(of host: String, before deadline: NIODeadline) async throws(WebFault) -> [NetworkAddress] {
        let promise = self.group.next().makePromise(of: [NetworkAddress].self)
        let alarm = promise.futureResult.eventLoop.scheduleTask(deadline: deadline) {
            promise.fail(WebFault("is at a host whose address was not found in time"))
        }
        self.pool.submit { state in
            // Who waited too long does not ask any more.
            let isLate = state == .cancelled || NIODeadline.now() >= deadline
            promise.succeed(isLate ? [] : Self.lookUp(host))
        }
        defer { alarm.cancel() }
        do {
            let found = try await promise.futureResult.get()
            guard !found.isEmpty else { throw WebFault("is at a host that has no address") }
            return found
        } catch {
            throw error as? WebFault ?? WebFault("is at a host whose address was not found")
        }
    }

    private static func lookUp(_ host: String) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [NetworkAddress] = []
        var next = list
        while let entry = next {
            if let address = Self.address(entry.pointee) { addresses.append(address) }
            next = entry.pointee.ai_next
        }
        return addresses
    }

    /// The address that an entry of the system's list points to: behind the port (`sockaddr_in`), or behind port and flow
    /// (`sockaddr_in6`), on every system.
    private static func address(_ entry: addrinfo) -> NetworkAddress? {
        guard let pointer = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            return NetworkAddress(v4: UInt32(bigEndian: pointer.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        case AF_INET6:
            let bits = UInt128(bigEndian: pointer.loadUnaligned(fromByteOffset: 8, as: UInt128.self))
            // One of IPv4 that a name server dresses up as IPv6 is nobody's address on the Internet.
            let address = NetworkAddress(bits: bits)
            return address.isVersion4 ? nil : address
        default:
            return nil
        }
    }
}
