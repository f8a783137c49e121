import FoundationEssentials
import NIOSSL

@testable import Uplink

/// Certificates that were made for these tests only, signed by an authority of their own, valid from 2024 to 2124.
struct TestCertificate: Sendable {
    let certificate: String
    let key: String

    /// Of the authority; its key is not kept.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBXjCCAQWgAwIBAgIBATAKBggqhkjOPQQDAjAeMRwwGgYDVQQDDBNBZGl0IHRl
        c3QgYXV0aG9yaXR5MCAXDTI0MDEwMTAwMDAwMFoYDzIxMjQwMTAxMDAwMDAwWjAe
        MRwwGgYDVQQDDBNBZGl0IHRlc3QgYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEMaRHY1Ng3LOMcuhjMf37RXYRyZhvoCrBJpQfjdPKRrBnZjPJ+vba
        7ukzOEKKOP35LIsmcxEGQb6gQt+MSV0GkKMyMDAwDwYDVR0TAQH/BAUwAwEB/zAd
        BgNVHQ4EFgQUPTYlR1xcdrFUdrIjstGHAxxccVYwCgYIKoZIzj0EAwIDRwAwRAIg
        Pe4vtv7aIMpv4xPjRRs9QvfhXAKlcbES6YhjIYN6DRQCIF0i6kDAC5NFHnUumnZv
        dPNv54KJPyTdrdXSqYjYzs26
        -----END CERTIFICATE-----
        """

    /// For `localhost`, `relay.test` and 127.0.0.1.
    static let relay = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBjDCCATOgAwIBAgIBAjAKBggqhkjOPQQDAjAeMRwwGgYDVQQDDBNBZGl0IHRl
            c3QgYXV0aG9yaXR5MCAXDTI0MDEwMTAwMDAwMFoYDzIxMjQwMTAxMDAwMDAwWjAU
            MRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATx
            1v9OU0HRUf/cq8MmLbc7e4995+iH+E1/pPVLGs3Uiw6sAmhNpcrgbb+lgVp7AQLi
            tm5qV9Uy6ruiSzTJElJno2owaDAmBgNVHREEHzAdgglsb2NhbGhvc3SCCnJlbGF5
            LnRlc3SHBH8AAAEwHQYDVR0OBBYEFHGpA1Qtqxj58OrweSBxXBbGIyckMB8GA1Ud
            IwQYMBaAFD02JUdcXHaxVHayI7LRhwMcXHFWMAoGCCqGSM49BAMCA0cAMEQCIEbu
            JZJU8TQQA62vM7sIJCjHPXwADrUbvxDkvpd5RAsbAiA6Shltwx1B8o6dicS7Hktj
            QnYIYObCy6QDuWRJO8IsMg==
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjo8mzQ106qyfrpf/
            +osuY3c2un4oU9/3YssHnnAQCTChRANCAATx1v9OU0HRUf/cq8MmLbc7e4995+iH
            +E1/pPVLGs3Uiw6sAmhNpcrgbb+lgVp7AQLitm5qV9Uy6ruiSzTJElJn
            -----END PRIVATE KEY-----
            """
    )
    /// The SHA-256 of ``relay`` as openssl prints it.
    static let relayPin =
        "77:21:F9:42:72:5F:9D:99:C5:5A:7F:8D:56:41:01:78:E7:CF:00:25:2E:47:B9:D5:85:60:C5:89:A3:E1:5E:EC"
    /// The SHA-256 of its key.
    static let relayKeyPin = "c5057ac0c6d005125d73aa567d395939f9eab0a3ebabb82d69c8e547f5bb4fb1"

    /// For `other.test`.
    static let other = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBfDCCASOgAwIBAgIBAzAKBggqhkjOPQQDAjAeMRwwGgYDVQQDDBNBZGl0IHRl
            c3QgYXV0aG9yaXR5MCAXDTI0MDEwMTAwMDAwMFoYDzIxMjQwMTAxMDAwMDAwWjAV
            MRMwEQYDVQQDDApvdGhlci50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
            9w6W6uQpsAFIepelafRTcmO13kxw14uDohZhFZBJqZA+hwPysRDkD6wHBajUiN2n
            3bAe+DN6F3+hRIUsKcyjkqNZMFcwFQYDVR0RBA4wDIIKb3RoZXIudGVzdDAdBgNV
            HQ4EFgQUkWAD44FyJuZb5Vos9lvdpVVPOOAwHwYDVR0jBBgwFoAUPTYlR1xcdrFU
            drIjstGHAxxccVYwCgYIKoZIzj0EAwIDRwAwRAIgCuhU69XKxXOUsQ45YzLphmvZ
            07VC4Pwk3Hn+VO28dkwCIE/v0X/qXK60oqYYohLH74suY6rguOMvurOE8FjbVpuz
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgptqiZKN3itR9ARlz
            TRjF5Gc2boIKCCNrkL/+RZLnUiChRANCAAT3Dpbq5CmwAUh6l6Vp9FNyY7XeTHDX
            i4OiFmEVkEmpkD6HA/KxEOQPrAcFqNSI3afdsB74M3oXf6FEhSwpzKOS
            -----END PRIVATE KEY-----
            """
    )

    /// For `localhost` and 127.0.0.1, from 2020 to 2021; ``authorityOfEnded`` has signed it.
    static let ended = TestCertificate(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBjjCCATOgAwIBAgIBAjAKBggqhkjOPQQDAjAsMSowKAYDVQQDDCFBZGl0IHRl
            c3QgYXV0aG9yaXR5IG9mIGVuZGVkIG9uZXMwHhcNMjAwMTAxMDAwMDAwWhcNMjEw
            MTAxMDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggq
            hkjOPQMBBwNCAAR0jKC8F28+6JZx0OImQRQCK856DR8HazXKkK2rIrKiY0jvra5L
            edLM80prpDVA6Xx3wLwTQIeQZr1s+7ZhNeb0o14wXDAaBgNVHREEEzARgglsb2Nh
            bGhvc3SHBH8AAAEwHQYDVR0OBBYEFADRAOyVDSsGOzm7zNha6psUGfCqMB8GA1Ud
            IwQYMBaAFPqsnXlBVaKFOMdZZQ7RSb+O0tHIMAoGCCqGSM49BAMCA0kAMEYCIQDm
            FEp3T8sBNXRLedW+rTeAv3z8fyg3HRpgzXXYiDtoUAIhAJr/ZD1oFDfzDBBHf4nw
            fTP+YoOkKk5HUhZ16SeaeG93
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZz+h3hMpjyLRNiI3
            0uVYXguLF1aRqaX/DOHd7On5weKhRANCAAR0jKC8F28+6JZx0OImQRQCK856DR8H
            azXKkK2rIrKiY0jvra5LedLM80prpDVA6Xx3wLwTQIeQZr1s+7ZhNeb0
            -----END PRIVATE KEY-----
            """
    )

    /// Of an authority that is good until 2119; its key is not kept.
    static let authorityOfEnded = """
        -----BEGIN CERTIFICATE-----
        MIIBejCCASGgAwIBAgIBATAKBggqhkjOPQQDAjAsMSowKAYDVQQDDCFBZGl0IHRl
        c3QgYXV0aG9yaXR5IG9mIGVuZGVkIG9uZXMwIBcNMTkwMTAxMDAwMDAwWhgPMjEx
        OTAxMDEwMDAwMDBaMCwxKjAoBgNVBAMMIUFkaXQgdGVzdCBhdXRob3JpdHkgb2Yg
        ZW5kZWQgb25lczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHHk6Hadi1MXGs04
        PuGm04vuUv1wuX8Z1MmUF/wPeoWUUdoaUT30WShVFbw5GqoYbAmwxEugJUp6vijh
        +XIIooKjMjAwMA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFPqsnXlBVaKFOMdZ
        ZQ7RSb+O0tHIMAoGCCqGSM49BAMCA0cAMEQCIBSyM5Td5v0YwsrOrhlaNVJdbUws
        0E19Od+2lJD8Io/3AiAWPRC44yzP2hlELP3h0MTm+gSM95e13b8JC1CS61JDkg==
        -----END CERTIFICATE-----
        """

    /// What a server with this certificate speaks TLS with.
    /// - Parameter asksForCertificate: whether clients must show one that the authority has signed.
    func serverContext(asksForCertificate: Bool = false) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(self.certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(self.key.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.applicationProtocols = ["h2", "http/1.1"]
        if asksForCertificate {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(Self.authority.utf8)))
        }
        return try NIOSSLContext(configuration: configuration)
    }
}

/// A file that is there for as long as it is used.
func withFile<Value>(_ text: String, _ body: (String) async throws -> Value) async throws -> Value {
    let name = "uplink-tests-\(UInt64.random(in: 0 ... .max)).pem"
    let path = FileManager.default.temporaryDirectory.appending(path: name)
    try Data(text.utf8).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    return try await body(path.path)
}
