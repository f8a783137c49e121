private import FoundationEssentials

extension RelayConfiguration {
    /// Values that are possible one by one and impossible together, and files that are not there.
    func contradictions(_ sources: ConfigurationSources) -> [ConfigurationFault] {
        var faults: [ConfigurationFault] = []
        let fault = { (key: String, message: String) in
            faults.append(ConfigurationFault(origin: sources.origin(of: key), message: message))
        }
        switch (self.tls.certificate, self.tls.key) {
        case (.some, nil): fault("tls.certificate", "tls.certificate is given without tls.key: expected both")
        case (nil, .some): fault("tls.key", "tls.key is given without tls.certificate: expected both")
        case (let certificate?, let key?):
            if self.developmentTLS {
                fault("dev-tls", "dev-tls and tls.certificate are both given: expected one of them")
            }
            if let problem = Self.problem(ofFile: certificate) { fault("tls.certificate", problem) }
            if let problem = Self.problem(ofFile: key) { fault("tls.key", problem) }
        case (nil, nil):
            if !self.developmentTLS, !self.insecure, !self.listen.isLoopback {
                fault(
                    "listen",
                    "listen: \(self.listen) can be reached by other machines, and there is no certificate: give"
                        + " tls.certificate and tls.key, or insecure when a proxy in front of the relay ends TLS"
                )
            }
        }
        return faults
    }

    private static func problem(ofFile path: String) -> String? {
        FileManager.default.isReadableFile(atPath: path)
            ? nil : "there is no file \(path), or it may not be read"
    }
}
