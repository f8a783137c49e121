internal import Vocabulary

extension HostAndPort {
    /// Reads what is listened on: `127.0.0.1:8443`, `localhost:0`, `[::]:443`; port 0 lets the system choose.
    init?(listen text: String) {
        guard let address = try? HostAndPort(text[...], defaultPort: nil, ports: 0...65_535),
            !address.host.contains("/")
        else { return nil }
        self = address
    }
}
