import NIOCore
import NIOSSL
import Testing
import TunnelTransport

@testable import Uplink

/// TLS: the relay that is meant and no other, and nothing secret for any other.
struct DialerTLSTests {
    /// Dials a server with a certificate; answers it when the connector has asked.
    private func failure(
        _ certificate: TestCertificate,
        host: String,
        _ trust: RelayTrust,
        asksForCertificate: Bool = false
    ) async throws -> DialFailure {
        let server = try await StubServer.start(
            tls: try certificate.serverContext(asksForCertificate: asksForCertificate)
        )
        let dialer = try DialerUnderTest("https://\(host):\(server.port)", trust: trust)
        let failure = try await dialer.failure {
            let peer = try await server.next()
            let request = try await peer.request()
            if request.isEmpty { return }
            // Only whom the connector trusts gets to see its token.
            #expect(request.contains(DialerUnderTest.token))
            peer.refuse("401 Unauthorized", "why")
        }
        await server.stop()
        return failure
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func anAuthorityOfItsOwn(host: String) async throws {
        try await withFile(TestCertificate.authority) { file in
            let failure = try await self.failure(.relay, host: host, RelayTrust(authorityFile: file))
            #expect(failure.step == .upgrade)
            #expect(failure.reason == .refused)
        }
    }

    @Test(arguments: [TestCertificate.relayPin, TestCertificate.relayKeyPin])
    func aPinIsEnough(pin: String) async throws {
        for host in ["localhost", "127.0.0.1"] {
            let failure = try await self.failure(.relay, host: host, RelayTrust(pin: pin))
            #expect(failure.step == .upgrade, "\(failure)")
        }
    }

    @Test func anotherPin() async throws {
        try await withFile(TestCertificate.authority) { file in
            // With the authority at hand: a pin asks for more than a chain.
            let trust = try RelayTrust(authorityFile: file, pin: String(repeating: "0f", count: 32))
            let failure = try await self.failure(.relay, host: "localhost", trust)
            #expect(failure.step == .tls)
            #expect(failure.description.contains("does not show the pinned certificate"), "\(failure)")
            #expect(failure.description.contains(TestCertificate.relayPin.lowercased().replacing(":", with: "")))
        }
    }

    @Test func anAuthorityThatNobodyKnows() async throws {
        let failure = try await self.failure(.relay, host: "localhost", RelayTrust())
        #expect(failure.step == .tls)
        #expect(failure.reason == .unreachable)
        #expect(failure.description.contains("is not trusted"), "\(failure)")
        #expect(failure.description.contains("--ca-file"))
        // What a pin would have to be, for whoever can compare it.
        #expect(failure.description.contains(TestCertificate.relayPin.lowercased().replacing(":", with: "")))
    }

    /// Whoever has given the authority is not told to give it, and nobody is led to a pin, which knows no dates.
    @Test func aCertificateThatHasEnded() async throws {
        try await withFile(TestCertificate.authorityOfEnded) { file in
            let failure = try await self.failure(.ended, host: "localhost", RelayTrust(authorityFile: file))
            #expect(failure.step == .tls)
            #expect(
                failure.description.contains("ended on 2021-01-01. Whoever hosts the relay has to renew it"),
                "\(failure)"
            )
            #expect(!failure.description.contains("--pin") && !failure.description.contains("--ca-file"))
        }
    }

    @Test func theDatesOfACertificate() throws {
        let bytes = Array(TestCertificate.ended.certificate.utf8)
        let certificate = try #require(try NIOSSLCertificate.fromPEMBytes(bytes).first)
        // 2019-12-31, 2020-06-01 and 2021-01-02.
        #expect(DialFailure.datesFault(certificate, now: 1_577_750_400)?.contains("from 2020-01-01 on") == true)
        #expect(DialFailure.datesFault(certificate, now: 1_590_969_600) == nil)
        #expect(DialFailure.datesFault(certificate, now: 1_609_545_600)?.contains("ended on 2021-01-01") == true)
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func aCertificateForAnotherName(host: String) async throws {
        try await withFile(TestCertificate.authority) { file in
            let failure = try await self.failure(.other, host: host, RelayTrust(authorityFile: file))
            #expect(failure.step == .tls)
            #expect(failure.description.contains("is not for «\(host)»"), "\(failure)")
        }
    }

    @Test func aRelayThatAsksForACertificate() async throws {
        try await withFile(TestCertificate.authority) { authority in
            try await withFile(TestCertificate.other.certificate) { certificate in
                try await withFile(TestCertificate.other.key) { key in
                    var trust = try RelayTrust(authorityFile: authority)
                    trust.clientCertificate = (certificate, key)
                    let failure = try await self.failure(
                        .relay,
                        host: "localhost",
                        trust,
                        asksForCertificate: true
                    )
                    #expect(failure.step == .upgrade, "\(failure)")
                }
            }
            let refused = try await self.failure(
                .relay,
                host: "localhost",
                RelayTrust(authorityFile: authority),
                asksForCertificate: true
            )
            #expect(refused.description.contains("certificate"), "\(refused)")
        }
    }

    @Test func aServerWithoutTLS() async throws {
        let server = try await StubServer.start()
        let failure = try await DialerUnderTest("https://127.0.0.1:\(server.port)").failure {
            let peer = try await server.next()
            // Before the connection is there altogether nothing can be sent.
            try await peer.sight.waits(for: "the beginning of a handshake") { !$0.text.isEmpty }
            peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        #expect(failure.step == .tls)
        #expect(
            failure.description
                == "https://127.0.0.1:\(server.port) does not speak TLS there. Check the port of the relay's address"
        )
        await server.stop()
    }

    @Test func aHandshakeThatDoesNotEnd() async throws {
        let server = try await StubServer.start()
        let dialer = try DialerUnderTest("https://127.0.0.1:\(server.port)", patience: .milliseconds(50))
        let failure = try await dialer.failure { try await server.next().closed() }
        #expect(failure.step == .tls)
        #expect(failure.description == "https://127.0.0.1:\(server.port) did not finish the TLS handshake in time")
        await server.stop()
    }

    @Test func aServerThatClosesDuringTheHandshake() async throws {
        let server = try await StubServer.start()
        let failure = try await DialerUnderTest("https://127.0.0.1:\(server.port)").failure {
            try await server.next().close()
        }
        #expect(failure.step == .tls)
        #expect(failure.description.hasSuffix("closed the connection during the TLS handshake"), "\(failure)")
        await server.stop()
    }

    @Test(arguments: [
        "", "00", String(repeating: "0", count: 63), String(repeating: "0", count: 65),
        String(repeating: "x", count: 64),
    ])
    func noPin(text: String) {
        #expect(throws: RelayTrust.Fault.self) { try RelayTrust(pin: text) }
    }

    @Test func filesThatCannotBeUsed() async throws {
        func fault(_ trust: RelayTrust) -> String {
            do {
                _ = try trust.context()
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            fault(try RelayTrust(authorityFile: "/nowhere.pem"))
                == "/nowhere.pem cannot be read or holds no certificate: expected PEM"
        )
        try await withFile(TestCertificate.relay.certificate) { certificate in
            try await withFile(TestCertificate.other.key) { key in
                var trust = try RelayTrust()
                trust.clientCertificate = (certificate, key)
                #expect(fault(trust) == "\(key) is not the key of the certificate in \(certificate)")
                trust.clientCertificate = (key, key)
                #expect(fault(trust) == "\(key) cannot be read or holds no certificate: expected PEM")
                trust.clientCertificate = (certificate, certificate)
                #expect(fault(trust) == "\(certificate) holds no private key: expected PEM, not encrypted")
            }
        }
    }
}
