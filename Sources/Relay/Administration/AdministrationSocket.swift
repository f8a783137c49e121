private import FoundationEssentials
private import Glibc
internal import NIOCore
private import NIOPosix

/// The Unix socket that a relay is administered through, for the owner of the relay only.
///
/// It is bound in a directory that nobody else may enter, given its mode there, and only then put in place, so it can
/// never be reached with a wider mode, and whoever sees it can connect to it.
package struct AdministrationSocket: Sendable {
    /// Where clients connect: `admin.sock` in the data directory.
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// The socket of a data directory.
    package init(data: String) {
        self.init(path: data + "/admin.sock")
    }

    /// The directory that it lies in, which is the data directory.
    private var data: String {
        let end = self.path.lastIndex(of: "/") ?? self.path.startIndex
        return end == self.path.startIndex ? "." : String(self.path[..<end])
    }

    /// Where the server binds; see ``publish()``.
    var draftPath: String { self.draftDirectory + "/s" }

    /// The directory that nobody else may enter; ``claim()`` makes it.
    package var draftDirectory: String { self.data + "/.adm" }
}

extension AdministrationSocket {
    /// Why the socket cannot be had.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong and what to do.
        package let description: String
    }

    /// Makes the data directory and finds out that no other relay runs on it.
    ///
    /// The lock of the directory says so too, but for a relay from before there was one. A socket that nobody answers on was left
    /// behind by a relay that was killed, and is removed.
    /// - Throws: ``Failure`` when another relay runs on this data directory, or the directory cannot be used.
    package func claim() async throws(Failure) {
        do {
            let mode: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
            try FileManager.default.createDirectory(
                atPath: self.draftDirectory,
                withIntermediateDirectories: true,
                attributes: mode
            )
            try FileManager.default.setAttributes(mode, ofItemAtPath: self.draftDirectory)
        } catch {
            throw Failure(description: "the data directory \(self.data) cannot be made or used: is it yours?")
        }
        guard (try? SocketAddress(unixDomainSocketPath: self.path)) != nil else {
            throw Failure(
                description: "the path \(self.path) is too long for a Unix socket: choose a data directory with a"
                    + " shorter path"
            )
        }
        if await self.isAnswered() {
            throw Failure(description: "another relay runs on the data directory \(self.data): stop it first")
        }
        _ = unlink(self.path)
    }

    /// Gives the bound socket its mode and its place.
    ///
    /// - Returns: what ``withdraw(_:)`` knows it by.
    func publish() throws(Failure) -> Identity? {
        guard chmod(self.draftPath, 0o600) == 0, rename(self.draftPath, self.path) == 0 else {
            throw Failure(description: "cannot put \(self.path) in place: \(String(cString: strerror(errno)))")
        }
        return self.identity
    }

    /// Takes the socket away when the relay stops, unless another relay has put its own in that place by then.
    func withdraw(_ identity: Identity?) {
        if let identity, identity == self.identity { _ = unlink(self.path) }
    }

    /// Which file a path leads to.
    struct Identity: Hashable, Sendable {
        fileprivate var file: String
    }

    private var identity: Identity? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: self.path)
        return attributes?[.systemFileNumber].map { Identity(file: "\($0)") }
    }

    /// Whether somebody accepts connections on it.
    private func isAnswered() async -> Bool {
        guard FileManager.default.fileExists(atPath: self.path) else { return false }
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connectTimeout(.seconds(2))
        do {
            let channel = try await bootstrap.connect(unixDomainSocketPath: self.path).get()
            try? await channel.close()
            return true
        } catch let error as IOError where error.errnoCode == ECONNREFUSED || error.errnoCode == ENOENT {
            return false
        } catch {
            // A relay whose queue is full (EAGAIN), or that stands still, is there all the same.
            return true
        }
    }
}
