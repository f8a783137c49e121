private import ArgumentParser
private import FoundationEssentials
import Logging
import Terminal
import Testing

@testable import RelayCommand

@Suite("The relay's certificate, as it is read")
struct TLSFilesTests {
    private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("files that do not belong together are said as --check says it")
    func mismatch() throws {
        try inTemporaryDirectory { directory in
            let one = try DevelopmentCertificate.ready(in: DataDirectory(path: directory + "/one"), now: Date())
            let other = try DevelopmentCertificate.ready(in: DataDirectory(path: directory + "/other"), now: Date())
            var configuration = RelayConfiguration()
            configuration.tls.certificate = one.certificatePath
            configuration.tls.key = other.keyPath
            let failure = #expect(throws: Complaint.self) {
                _ = try TLSFiles(configuration: configuration, logger: self.silent).read()
            }
            let expected = "\(other.keyPath) is not the key of the certificate in \(one.certificatePath)"
            #expect(failure?.description == expected)
        }
    }

    @Test("a certificate that has ended can be used, and --check warns of it")
    func ended() throws {
        try inTemporaryDirectory { directory in
            let then = Date(timeIntervalSince1970: 1_500_000_000)
            let files = try DevelopmentCertificate.ready(in: DataDirectory(path: directory), now: then)
            let flags = ["--tls-certificate", files.certificatePath, "--tls-key", files.keyPath]
            let text = try RelayConfiguration.check(options: ServeOptions.parse(flags), environment: [:])
            #expect(text.hasPrefix("configuration is valid"))
            #expect(text.contains("warning: tls.certificate: \(files.certificatePath) has ended (20"), "\(text)")
            var configuration = RelayConfiguration()
            configuration.tls.certificate = files.certificatePath
            configuration.tls.key = files.keyPath
            #expect(configuration.endedCertificate(now: then) == nil)
            #expect(try TLSFiles(configuration: configuration, logger: self.silent).read() != nil)
        }
    }
}
