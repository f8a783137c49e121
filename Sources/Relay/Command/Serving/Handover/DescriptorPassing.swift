import Glibc

/// Gives file descriptors to another process through a Unix socket (`SCM_RIGHTS`, unix(7); the layout is that of cmsg(3)).
enum DescriptorPassing {
    /// A call of the system that failed.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ action: String) {
            self.init(action, because: String(cString: strerror(errno)))
        }

        init(_ action: String, because reason: String) {
            self.description = "cannot \(action): \(reason)"
        }
    }

    /// More are never given: a relay listens on two addresses, and has one lock.
    static let most = 16

    /// Sends bytes, few enough for a socket that is new, and copies of the descriptors with them.
    static func send(_ descriptors: [CInt], with bytes: [UInt8], over socket: CInt) throws(Failure) {
        var bytes = bytes
        let length = Self.header + descriptors.count * MemoryLayout<CInt>.size
        let sent = Self.withMessage(&bytes, control: Self.space(length)) { message in
            if descriptors.isEmpty {
                message.msg_control = nil
                message.msg_controllen = 0
            } else if let control = message.msg_control {
                var header = cmsghdr()
                header.cmsg_len = .init(length)
                header.cmsg_level = SOL_SOCKET
                header.cmsg_type = Self.rights
                control.storeBytes(of: header, as: cmsghdr.self)
                for (index, descriptor) in descriptors.enumerated() {
                    let place = Self.header + index * MemoryLayout<CInt>.size
                    control.storeBytes(of: descriptor, toByteOffset: place, as: CInt.self)
                }
            }
            return sendmsg(socket, &message, Self.noSignal)
        }
        guard sent == bytes.count else { throw Failure("give the listening sockets to another relay") }
    }

    /// Waits for so many bytes, and takes what descriptors come with them; the caller closes those.
    static func receive(_ count: Int, from socket: CInt) throws(Failure) -> (bytes: [UInt8], descriptors: [CInt]) {
        var bytes = [UInt8](repeating: 0, count: count)
        var descriptors: [CInt] = []
        let room = Self.space(Self.header + Self.most * MemoryLayout<CInt>.size)
        let received = Self.withMessage(&bytes, control: room) { message in
            let received = recvmsg(socket, &message, Self.waitForAll)
            let filled = Int(message.msg_controllen)
            guard received > 0, filled >= Self.header, let control = message.msg_control else { return received }
            let header = control.load(as: cmsghdr.self)
            guard header.cmsg_level == SOL_SOCKET, header.cmsg_type == Self.rights else { return received }
            var place = Self.header
            while place + MemoryLayout<CInt>.size <= min(Int(header.cmsg_len), filled) {
                descriptors.append(control.load(fromByteOffset: place, as: CInt.self))
                place += MemoryLayout<CInt>.size
            }
            return received
        }
        guard received == count else {
            for descriptor in descriptors { _ = close(descriptor) }
            let action = "take over the listening sockets of the relay that runs"
            throw received < 0 ? Failure(action) : Failure(action, because: "it ended, or is being succeeded already")
        }
        return (bytes, descriptors)
    }

    private static func withMessage(
        _ bytes: inout [UInt8],
        control size: Int,
        _ body: (inout msghdr) -> Int
    ) -> Int {
        bytes.withUnsafeMutableBytes { bytes in
            withUnsafeTemporaryAllocation(byteCount: size, alignment: MemoryLayout<cmsghdr>.alignment) { control in
                control.initializeMemory(as: UInt8.self, repeating: 0)
                var vector = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &vector) { vector in
                    var message = msghdr()
                    message.msg_iov = vector
                    message.msg_iovlen = 1
                    message.msg_control = control.baseAddress
                    message.msg_controllen = .init(control.count)
                    return body(&message)
                }
            }
        }
    }

    // The macros of cmsg(3), which Swift does not see: all is aligned to the header's own alignment.

    private static var header: Int { Self.space(MemoryLayout<cmsghdr>.size) }

    private static func space(_ length: Int) -> Int {
        let alignment = MemoryLayout<cmsghdr>.alignment
        return (length + alignment - 1) / alignment * alignment
    }

    // SCM_RIGHTS, MSG_NOSIGNAL and MSG_WAITALL, which are enumerations of no name in some headers.

    private static let rights: CInt = 1
    private static let noSignal: CInt = 0x4000
    private static let waitForAll: CInt = 0x100
}
