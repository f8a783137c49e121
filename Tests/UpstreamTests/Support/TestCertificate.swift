import FoundationEssentials
import NIOSSL

/// A certificate for `localhost` and 127.0.0.1 that signs itself, valid for a hundred years; made for these tests only.
enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUeC4Cx2NPvQKiIiDzFAwSNa6UlZIwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA1NDIxNFoYDzIxMjYxMDI4
        MDU0MjE0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAATOxaizHfHeINonWWenSqAVWvlo5OALqvSwAngimLvM15Hc9n2kJCf+
        DxqRNixSHZJ2AKYhXhK1HxKyFDGks71ko28wbTAdBgNVHQ4EFgQUkHil5ZWbD/4L
        xQ5+2/5xlG0skcwwHwYDVR0jBBgwFoAUkHil5ZWbD/4LxQ5+2/5xlG0skcwwGgYD
        VR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZI
        zj0EAwIDSAAwRQIgYicMtQMo9LPU0orcQA1QzfuGXwcaYK7g6/azEhys1RICIQCc
        SzeATGaYjXin7MU+9pa7rRJcogeStvHbT4abL8rD1w==
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgh3djOxh2MwmpFYl/
        uzqZJq5AHdvsg744/DlYafKK70ehRANCAATOxaizHfHeINonWWenSqAVWvlo5OAL
        qvSwAngimLvM15Hc9n2kJCf+DxqRNixSHZJ2AKYhXhK1HxKyFDGks71k
        -----END PRIVATE KEY-----
        """

    /// What a server with this certificate speaks TLS with.
    static func serverContext() throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(self.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(self.key.utf8), format: .pem)
        let chain = certificates.map { NIOSSLCertificateSource.certificate($0) }
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        )
    }

    /// Does something with the certificate in a file.
    /// - Parameter more: what stands behind it.
    static func inFile<Value>(
        with more: String = "",
        _ body: (String) async throws -> Value
    ) async throws -> Value {
        let name = "upstream-tests-\(UInt64.random(in: 0 ... .max)).pem"
        let path = FileManager.default.temporaryDirectory.appending(path: name)
        try Data((self.certificate + more).utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        return try await body(path.path)
    }
}
