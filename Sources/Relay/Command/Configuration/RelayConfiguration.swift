import Gateway
import LogLines
import Logging
import RemoteImages
import Vocabulary

/// Everything that `adit-relay serve` can be told, with the values it has when nothing is said.
///
/// ``Setting/all`` says for each member under which key it is read, what it may be, and what it does.
struct RelayConfiguration: Hashable, Sendable {
    /// The directory that holds the database, the server's secret and the administration socket.
    var data = "./adit-data"
    /// Where calls and tunnels are accepted.
    var listen = HostAndPort(host: "127.0.0.1", port: 8443)
    /// Where they are accepted without TLS too.
    var listenPlain: HostAndPort?
    /// Networks of proxies whose word about a client's address counts.
    var trustedProxies: [NetworkRange] = []
    var proxyProtocol = ProxyProtocol()
    /// The certificate that is shown to callers and connectors; without one the relay speaks plain HTTP.
    var tls = TLS()
    /// Whether the relay makes its own certificate for loopback, when ``tls`` names none.
    var developmentTLS = false
    /// Whether plain HTTP is allowed on an address that other machines can reach.
    var insecure = false
    /// Event loops; 0 makes as many as the machine has cores.
    var threads = 0
    var log = Log()
    var limits = Limits()
    var timeouts = Timeouts()
    var stream = Stream()
    var webSocket = WebSocket()
    var responses = Responses()
    /// How long calls may go on after the relay was asked to stop.
    var drain = Duration.seconds(600)
    var hold = Hold()
    var queue = Queue()
    var capacity = Capacity()
    var placement = Placement()
    var metrics = Metrics()
    var cors = CORS()
    var errors = Errors()
    var images = Images()
    /// Whether translated answers have reasoning between `<think>` and `</think>` taken out of their text.
    var thinkTags = true
    /// What the secrets of keys that are made from now on begin with.
    var keyPrefix = "sk-adit-"
    var administration = Administration()
    var alerts = Alerts()
    var billing = Payment()
    var usage = Usage()
}

extension RelayConfiguration {
    /// Where trusted proxies begin each connection with a header that says whom they forward.
    struct ProxyProtocol: Hashable, Sendable {
        var listen = false
        var listenPlain = false
    }

    /// The files of a certificate; both or neither.
    struct TLS: Hashable, Sendable {
        /// Path of the certificate and its chain, PEM, the relay's own certificate first.
        var certificate: String?
        /// Path of the certificate's private key, PEM.
        var key: String?
    }

    /// What is logged, and how; logs go to standard error.
    struct Log: Hashable, Sendable {
        /// How important a message must be to be written.
        var level = Logger.Level.info
        /// The shape of a line.
        var format = LineLogHandler.Format.text
    }

    /// The largest requests that are accepted, in bytes.
    struct Limits: Hashable, Sendable {
        var body = 64 << 20
        /// The request line and all fields together.
        var header = 64 << 10
        /// Of all requests that are held at once.
        var bodies = 1 << 30
        /// Open connections; 0 is as many as there are file descriptors for.
        var connections = 0
        /// Open connections of one address; 0 is no limit.
        var connectionsPerAddress = 10_000
        /// New connections of one address in a second; 0 is no limit.
        var connectsPerAddress = 1_000
    }

    /// How long the relay waits for others.
    struct Timeouts: Hashable, Sendable {
        /// For the head of a connection's first request.
        var header = Duration.seconds(30)
        /// For the next piece of a request's body.
        var body = Duration.seconds(30)
        /// For the first byte of the upstream's answer.
        var firstByte = Duration.seconds(600)
        /// For the next byte of an answer that has begun.
        var idle = Duration.seconds(600)
        /// For the next request on an open connection.
        var keepAlive = Duration.seconds(75)
        /// For another tunnel, after a call's own has died.
        var resume = Duration.seconds(30)
        /// For a sign of life of a connector.
        var tunnel = Duration.seconds(15)
    }

    /// What happens on a streamed answer while the upstream is silent.
    struct Stream: Hashable, Sendable {
        /// How long it may be silent until a comment is sent that keeps proxies from closing it.
        var keepalive = Duration.seconds(15)
        /// How long the head of the answer is held back, so that an early failure still gets its own HTTP status.
        var hold = Duration.seconds(5)
        /// How long a caller of Responses may be without an event until it is told again that the answer is in progress.
        var inProgress = Duration.seconds(60)
    }

    /// What is allowed on a WebSocket of the Responses API.
    struct WebSocket: Hashable, Sendable {
        /// After how long the other side is asked again whether it is there.
        var ping = Duration.seconds(25)
        /// How old a connection may be.
        var age = Duration.seconds(3600)
    }

    /// What is remembered of the Responses API, so that calls can go on from earlier answers.
    struct Responses: Hashable, Sendable {
        /// Whether it is written to disk too, so that a restart forgets nothing.
        var persist = false
        /// How long a response is kept after its last use.
        var keep = Duration.seconds(3600)
        /// How much is kept of all keys together, in bytes.
        var memory = 64 << 20
    }

    /// How calls wait for a connector that has just gone.
    struct Hold: Hashable, Sendable {
        /// How long a call waits; 0 refuses it at once.
        var time = Duration.seconds(10)
        /// How many calls of one deployment wait.
        var calls = 64
    }

    /// How calls are paid for.
    struct Payment: Hashable, Sendable {
        /// What the units of a balance are called.
        var unit = Billing.Unit.credits
        /// Tokens of an answer that are put aside for a call which states no limit.
        var assumedOutput = 4_096
    }

    /// What is kept of calls.
    struct Usage: Hashable, Sendable {
        /// Of which calls.
        var record = Billing.Recorded.billed
        /// How long; zero for ever.
        var retention = Duration.seconds(90 * 86_400)
        /// Whether the caller's address is kept too.
        var addresses = false
    }

    /// How calls wait for others to end.
    struct Queue: Hashable, Sendable {
        /// How long a call waits; 0 refuses it at once.
        var time = Duration.seconds(5)
        /// How many calls wait for one limit.
        var calls = 64
    }

    /// How calls wait when every server of their deployment is known to be busy.
    struct Capacity: Hashable, Sendable {
        /// How long a call waits; 0 sends every call on.
        var time = Duration.seconds(600)
        /// How many calls of one deployment wait.
        var calls = 256
        /// Deployments whose calls are sent on all the same, as names and patterns.
        var ignore: [DeploymentPattern] = []
    }

    /// How one of several connectors is chosen.
    struct Placement: Hashable, Sendable {
        /// Deployments whose conversations return to where they were, as names and patterns.
        var affinity: [DeploymentPattern] = []
    }

    /// How errors are told.
    struct Errors: Hashable, Sendable {
        /// Such as `bad_gateway=upstream_error` or `400=invalid_request`.
        var codes = ErrorCodes()

        /// What callers are told of a model server's own words.
        enum UpstreamText: String, Hashable, Sendable, CaseIterable {
            case passed
            case hidden
        }

        var upstreamText = UpstreamText.passed
    }

    /// Which web pages may call the API from a browser.
    struct CORS: Hashable, Sendable {
        /// Origins such as `https://app.example.com`; `*` is every one, an empty list none.
        var origins = ["*"]
    }
}

extension RelayConfiguration {
    /// What the operator is told of, and where.
    struct Alerts: Hashable, Sendable {
        /// Where alerts are posted to; without one nothing is watched.
        var url: String?
        /// Path of the file with what they are signed with.
        var secretFile: String?
        /// Whether the address need not be public.
        var allowsPrivate = false
        /// How long a deployment is offline; 0 watches none.
        var offline = Duration.seconds(300)
        /// How many calls of a hundred fail; 0 watches none.
        var errorPercent = 20
        /// Over how long calls are counted.
        var errorWindow = Duration.seconds(300)
        /// Of how many calls in that time at least.
        var errorCalls = 20
        /// Below what a user's balance is low; 0 watches none.
        var lowBalance = MicroCredits.zero
    }

    /// The page of metrics, which names every deployment.
    struct Metrics: Hashable, Sendable {
        /// Networks that it may be read from: this machine, when nothing else is said.
        var networks = ["127.0.0.0/8", "::1"].compactMap { NetworkRange($0) }
    }

    /// How the relay is administered, beside its socket.
    struct Administration: Hashable, Sendable {
        /// Whether the administration API is on the public port too.
        var api = false
        /// Networks that it may be used from; none means every one.
        var networks: [NetworkRange] = []
        /// How long the audit log keeps what it tells.
        var keepAudit = Duration.seconds(365 * 86_400)
    }

    /// Images that stand in translated requests by their address on the web.
    struct Images: Hashable, Sendable {
        /// Whether the relay fetches them.
        var fetch = false
        /// The largest image, in bytes.
        var size = 4 << 20
        /// How many images one call may have.
        var count = 10
        /// For one image, redirects included.
        var timeout = Duration.seconds(10)
        /// Hosts and networks that are fetched from although their addresses are not public.
        var allow: [Exemption] = []
    }
}
