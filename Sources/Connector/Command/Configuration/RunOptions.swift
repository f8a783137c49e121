internal import ArgumentParser

/// The flags of `adit-connector run`. All of them are taken as text; what they may be is decided in one place for all sources.
struct RunOptions: ParsableArguments {
    @Option(help: "YAML file with settings.", completion: .file())
    var config: String?

    @Flag(help: "Say whether the configuration is valid, and end.")
    var check = false

    @Option(help: "URL of the relay, such as https://relay.example.com.")
    var relay: String?

    @Option(
        help:
            "Tunnel token. Everybody on this machine can see a program's arguments: prefer ADIT_TOKEN or --token-file."
    )
    var token: String?

    @Option(help: "File that holds the tunnel token.", completion: .file())
    var tokenFile: String?

    @Option(help: "URL of the model server. Without it the usual ports on this machine are looked at.")
    var upstream: String?

    @Option(help: "File that holds the model server's own API key.", completion: .file())
    var upstreamKeyFile: String?

    @Option(help: "Model that serves the deployments that the token names.")
    var model: String?

    @Option(help: ArgumentHelp("One deployment and its model; may be repeated.", valueName: "name=model"))
    var deployment: [String] = []

    @Option(help: "PEM file with authorities to trust for the relay.", completion: .file())
    var caFile: String?

    @Option(help: "SHA-256 of the relay's certificate (DER), as 64 hexadecimal digits; trusts this one alone.")
    var pin: String?

    @Option(help: "PEM file with a certificate that the relay is shown.", completion: .file())
    var clientCertificate: String?

    @Option(help: "PEM file with the key of that certificate.", completion: .file())
    var clientKey: String?

    @Flag(help: "Allow a plain http:// relay on another machine. Everybody on the way reads along.")
    var insecure = false

    @Option(help: "Tunnels to keep, 1 to 4 (default: 2).")
    var tunnels: String?

    @Option(help: "Seconds that running calls may take when the program stops (default: 600).")
    var drain: String?

    @Option(help: "Directory for the status (default: $XDG_STATE_HOME/adit-connector).", completion: .directory)
    var state: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical (default: info).")
    var logLevel: String?

    @Option(help: "text or json (default: text).")
    var logFormat: String?

    @Flag(help: "Serve a small demo model in place of a model server.")
    var demoModel = false
}
