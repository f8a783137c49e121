import Testing

@testable import Uplink

/// Addresses of relays, as people type them.
struct RelayAddressTests {
    @Test(arguments: [
        ("https://relay.example.com", "https://relay.example.com", "relay.example.com:443"),
        ("https://relay.example.com:443/", "https://relay.example.com", "relay.example.com:443"),
        ("https://relay.example.com/v1", "https://relay.example.com", "relay.example.com:443"),
        ("HTTPS://Relay.Example.COM:8443/v1/", "https://relay.example.com:8443", "relay.example.com:8443"),
        ("relay.example.com:8443", "https://relay.example.com:8443", "relay.example.com:8443"),
        ("https://[::1]:8443", "https://[::1]:8443", "[::1]:8443"),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]", "[2001:db8::1]:443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://localhost", "http://localhost", "localhost:80"),
        ("http://[::1]", "http://[::1]", "[::1]:80"),
    ])
    func anAddress(text: String, description: String, target: String) throws {
        let address = try RelayAddress(text)
        #expect(address.description == description)
        #expect("\(address.hostAndPort)" == target)
    }

    @Test(arguments: [
        "", "https://", "https:///", "https://:443", "https://host:", "https://host:0", "https://host:65536",
        "https://host:-1", "https://host:+1", "https://host:https", "https://a b", "https://host/path",
        "https://host?x=1", "https://host#x", "https://::1:443", "https://[::1", "https://[host]", "https://[::1]x",
        "https://user@host", "ftp://host", "wss://host", "https://höst", "https://host\n",
    ])
    func noAddress(text: String) {
        #expect(throws: RelayAddress.Fault.self) { try RelayAddress(text) }
    }

    @Test func aFaultSaysWhatWasExpected() {
        #expect { try RelayAddress("https://host:x") } throws: { error in
            "\(error)" == "«https://host:x» is not the address of a relay; it looks like https://relay.example.com:8443"
        }
        #expect { try RelayAddress("https://me:secret@host") } throws: { !"\($0)".contains("secret") }
    }

    @Test(arguments: [
        "http://relay.example.com", "http://10.0.0.1", "http://127.example.com", "http://127.0.0.1.nip.io",
    ])
    func plainHTTPIsForThisMachine(text: String) throws {
        #expect(throws: RelayAddress.Fault.self) { try RelayAddress(text) }
        #expect(try !RelayAddress(text, allowsPlain: true).isTLS)
    }

    @Test(arguments: [
        ("127.0.0.1", true, true), ("127.9.9.9", true, true), ("[::1]", true, true), ("localhost", false, true),
        ("10.0.0.1", true, false), ("relay.example.com", false, false), ("1.2.3.4.example.com", false, false),
        ("127.com", false, false),
    ])
    func whatAHostIs(host: String, isAddress: Bool, isLoopback: Bool) throws {
        let address = try RelayAddress("https://" + host)
        #expect(address.isAddress == isAddress)
        #expect(address.isLoopback == isLoopback)
    }
}

/// Proxies, as the environment names them.
struct ProxyTests {
    private func proxy(_ environment: [String: String], _ relay: String = "https://relay.example.com") throws -> String?
    {
        try Proxy.named(in: environment, for: try RelayAddress(relay)).map { "\($0)" }
    }

    @Test func theEnvironmentNamesIt() throws {
        #expect(try self.proxy([:]) == nil)
        #expect(try self.proxy(["HTTPS_PROXY": "http://p:3128"]) == "http://p:3128")
        #expect(try self.proxy(["https_proxy": "p"]) == "http://p:80")
        #expect(try self.proxy(["https_proxy": "http://one:1/", "HTTPS_PROXY": "http://two:2"]) == "http://one:1")
        #expect(try self.proxy(["https_proxy": "", "HTTPS_PROXY": "http://[::1]:2"]) == "http://[::1]:2")
        #expect(try self.proxy(["HTTPS_PROXY": "", "HTTP_PROXY": "http://p:1"]) == nil)
    }

    @Test(arguments: ["https://localhost", "https://127.0.0.1:8443", "https://[::1]:1", "http://127.0.0.1:8080"])
    func thisMachineIsReachedDirectly(relay: String) throws {
        #expect(try self.proxy(["HTTPS_PROXY": "http://p:1", "HTTP_PROXY": "http://p:1"], relay) == nil)
    }

    @Test(arguments: [
        ("http://p:1", nil),
        ("http://user:pass@p:1", "Basic dXNlcjpwYXNz"),
        ("http://user@p:1", "Basic dXNlcjo="),
        ("http://us%3Aer:p%40ss@p:1", "Basic dXM6ZXI6cEBzcw=="),
        ("http://user:a@b@p:1", "Basic dXNlcjphQGI="),
    ])
    func credentials(url: String, authorization: String?) throws {
        let proxy = try Proxy(url)
        #expect(proxy.authorization == authorization)
        #expect(proxy.description == "http://p:1")
    }

    @Test(arguments: [
        "socks5://p:1", "https://p:1", "http://p:x", "http://", "http://user:se%cret@p:1", "http://user:secret%4@p",
        "http://user:secret@", "http://user:secret@p:0",
    ])
    func noProxy(url: String) {
        #expect { try Proxy(url) } throws: { error in
            "\(error)".contains("HTTPS_PROXY") && !"\(error)".contains("cret")
        }
    }

    @Test(arguments: [
        ("*", true), ("example.com", true), (".example.com", true), ("*.example.com", true), ("com", true),
        ("relay.example.com", true), ("Relay.Example.Com", true), ("relay.example.com:8443", true),
        ("relay.example.com:443", false), (".relay.example.com", false), ("*.relay.example.com", false),
        ("xample.com", false), ("y.example.com", false), ("a, b ,example.com", true), ("a b example.com", true),
        (",", false), (".", false), ("10.0.0.0/8", false), (":8443", false), ("", false),
    ])
    func exceptionsForNames(list: String, isDirect: Bool) throws {
        let environment = ["https_proxy": "http://p:1", "no_proxy": list]
        #expect(try (self.proxy(environment, "https://relay.example.com:8443") == nil) == isDirect)
    }

    @Test(arguments: [
        ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.4", false), ("10.0.0.0/8", "10.1.2.3", true),
        ("10.0.0.0/8", "11.1.2.3", false), ("10.1.2.0/23", "10.1.3.255", true), ("10.1.2.0/23", "10.1.4.0", false),
        ("0.0.0.0/0", "10.1.2.3", true), ("10.0.0.0/33", "10.0.0.0", false), ("10.1.2.3:443", "10.1.2.3", true),
        ("10.1.2.3:444", "10.1.2.3", false), ("2001:db8::/32", "[2001:db8:1::1]", true),
        ("2001:db8::/32", "[2001:db9::1]", false), ("2001:db8::1", "[2001:db8::1]", true),
        ("[2001:db8::1]", "[2001:db8::1]", true), ("[2001:db8::1]:444", "[2001:db8::1]", false),
        ("10.0.0.0/8", "[2001:db8::1]", false), (".3", "10.1.2.3", false), ("10.9.9.9/8", "10.1.2.3", true),
        ("10.9.9.9/8", "11.1.2.3", false), ("2001:db8::9/32", "[2001:db8:1::1]", true), ("::/0", "10.1.2.3", false),
        ("0.0.0.0/0", "[2001:db8::1]", false), ("::ffff:10.1.2.3", "10.1.2.3", true),
        ("10.0.0.0/-1", "10.0.0.0", false),
    ])
    func exceptionsForAddresses(list: String, host: String, isDirect: Bool) throws {
        let environment = ["HTTPS_PROXY": "http://p:1", "NO_PROXY": list]
        #expect(try (self.proxy(environment, "https://\(host)") == nil) == isDirect)
    }
}
