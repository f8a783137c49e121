private import FoundationEssentials
private import NIOCore
private import NIOEmbedded
private import NIOSSL
private import SwiftASN1
import Testing
private import X509

@testable import RelayCommand

@Suite("The development certificate")
struct DevelopmentCertificateTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    @Test("only the owner may read its key, and directories are the owner's")
    func modes() throws {
        try inTemporaryDirectory { directory in
            let certificate = try DevelopmentCertificate.ready(
                in: DataDirectory(path: directory + "/data"),
                now: self.now
            )
            #expect(try mode(certificate.keyPath) == 0o600)
            #expect(try mode(certificate.certificatePath) == 0o644)
            #expect(try mode(directory + "/data") == 0o700)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/data/dev-tls").count == 3)
        }
    }

    @Test(
        "its authority vouches for this machine's names and for no others",
        arguments: [
            ("localhost", true), ("127.0.0.1", true), ("::1", true), ("example.com", false), ("127.0.0.2", false),
        ]
    )
    func identity(_ name: String, _ isValid: Bool) async throws {
        try await awaitInTemporaryDirectory { directory in
            let files = try DevelopmentCertificate.ready(in: DataDirectory(path: directory), now: Date())
            let authority = try Certificate(pemEncoded: text(files.authorityPath))
            let leaf = try Certificate(pemEncoded: text(files.certificatePath))
            let isAddress = name.contains(":") || name.first == "1"
            var verifier = Verifier(rootCertificates: CertificateStore([authority])) {
                RFC5280Policy()
                ServerIdentityPolicy(serverHostname: isAddress ? nil : name, serverIP: isAddress ? name : nil)
            }
            let result = await verifier.validate(leaf: leaf, intermediates: CertificateStore())
            if case .validCertificate = result { #expect(isValid) } else { #expect(!isValid) }
            #expect(leaf.notValidAfter.timeIntervalSince(leaf.notValidBefore) <= 825 * 86_400)
        }
    }

    @Test("a TLS handshake with it succeeds")
    func handshake() throws {
        try inTemporaryDirectory { directory in
            let files = try DevelopmentCertificate.ready(in: DataDirectory(path: directory), now: Date())
            let server = try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: NIOSSLCertificate.fromPEMFile(files.certificatePath).map { .certificate($0) },
                    privateKey: .privateKey(NIOSSLPrivateKey(file: files.keyPath, format: .pem))
                )
            )
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(files.authorityPath)
            let near = EmbeddedChannel(
                handler: try NIOSSLClientHandler(
                    context: NIOSSLContext(configuration: configuration),
                    serverHostname: "localhost"
                )
            )
            let far = EmbeddedChannel(handler: NIOSSLServerHandler(context: server))
            near.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
            far.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 2), promise: nil)
            // It waits in the handler until the handshake is done.
            near.writeAndFlush(ByteBuffer(string: "hello"), promise: nil)
            try exchange(near, far)
            #expect(try far.readInbound(as: ByteBuffer.self).map { String(buffer: $0) } == "hello")
            near.close(promise: nil)
            try exchange(near, far)
        }
    }

    @Test("it is kept until it ends, and made anew when it has ended or is damaged")
    func renewal() throws {
        try inTemporaryDirectory { directory in
            let first = try contents(directory, at: self.now)
            #expect(try contents(directory, at: self.now.addingTimeInterval(800 * 86_400)) == first)
            let second = try contents(directory, at: self.now.addingTimeInterval(825 * 86_400))
            #expect(second != first)
            for name in ["ca.pem", "cert.pem", "key.pem"] {
                let path = directory + "/dev-tls/" + name
                let whole = try contents(directory, at: self.now)
                try FileManager.default.removeItem(atPath: path)
                let afterLoss = try contents(directory, at: self.now)
                #expect(afterLoss != whole)
                try Data("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8).write(
                    to: URL(filePath: path)
                )
                #expect(try contents(directory, at: self.now) != afterLoss)
            }
        }
    }

    @Test("files of different certificates do not pass for one")
    func mixture() throws {
        try inTemporaryDirectory { directory in
            let one = try contents(directory + "/one", at: self.now)
            _ = try contents(directory + "/two", at: self.now)
            for name in ["ca.pem", "key.pem"] {
                let path = directory + "/one/dev-tls/" + name
                try FileManager.default.removeItem(atPath: path)
                try FileManager.default.copyItem(atPath: directory + "/two/dev-tls/" + name, toPath: path)
                #expect(try contents(directory + "/one", at: self.now)[1] != one[1])
            }
        }
    }

    /// Carries bytes both ways until neither end has any.
    private func exchange(_ near: EmbeddedChannel, _ far: EmbeddedChannel) throws {
        var isQuiet = false
        while !isQuiet {
            isQuiet = true
            while let bytes = try near.readOutbound(as: ByteBuffer.self) {
                try far.writeInbound(bytes)
                isQuiet = false
            }
            while let bytes = try far.readOutbound(as: ByteBuffer.self) {
                try near.writeInbound(bytes)
                isQuiet = false
            }
        }
    }

    private func contents(_ data: String, at now: Date) throws -> [String] {
        let files = try DevelopmentCertificate.ready(in: DataDirectory(path: data), now: now)
        return try [files.authorityPath, files.certificatePath, files.keyPath].map(text)
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
    }

    private func mode(_ path: String) throws -> Int? {
        // Which type of number this is depends on the Foundation that is linked.
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        return mode.flatMap { Int("\($0)") }
    }
}
