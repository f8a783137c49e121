extension Setting {
    /// Every key that there is, in the order of the reference.
    static let all: [Setting] =
        [
            .path(
                "data",
                \.data,
                "Directory of the database, the server's secret and the administration socket; made when it does not exist."
            ),
            .address("listen", \.listen, "Where calls and tunnels are accepted; port 0 lets the system choose."),
            .optionalAddress(
                "listen-plain",
                \.listenPlain,
                "Where calls and tunnels are accepted without TLS too, for a proxy on this machine."
            ),
            .networks(
                "trusted-proxies",
                \.trustedProxies,
                "Networks of proxies whose X-Forwarded-For and PROXY header say where a client is."
            ),
            .toggle(
                "proxy-protocol.listen",
                \.proxyProtocol.listen,
                "Trusted proxies begin connections to listen with a PROXY header (version 1 or 2)."
            ),
            .toggle(
                "proxy-protocol.listen-plain",
                \.proxyProtocol.listenPlain,
                "Trusted proxies begin connections to listen-plain with a PROXY header (version 1 or 2)."
            ),
            .optionalPath(
                "tls.certificate",
                \.tls.certificate,
                "Certificate and its chain, PEM; tls.key goes with it."
            ),
            .optionalPath("tls.key", \.tls.key, "Private key of tls.certificate, PEM."),
            .toggle(
                "dev-tls",
                \.developmentTLS,
                "Make a certificate for localhost under DATA/dev-tls; clients trust its ca.pem. For trying things out."
            ),
            .toggle(
                "insecure",
                \.insecure,
                "Allow plain HTTP on an address that others can reach, behind a proxy that ends TLS."
            ),
            .integer("threads", \.threads, in: 0...1024, "Event loops; 0 makes one for each core."),
            .choice("log.level", \.log.level, "How important a message must be to be logged."),
            .choice("log.format", \.log.format, "Lines for people, or one JSON object a line."),
            .size(
                "limits.body",
                \.limits.body,
                in: 1 << 10...1 << 30,
                "Largest body of a request; more is answered with 413."
            ),
            .size(
                "limits.header",
                \.limits.header,
                in: 1 << 10...1 << 20,
                "Largest header of a request, its first line included; more is answered with 431."
            ),
            .size(
                "limits.bodies",
                \.limits.bodies,
                in: 1 << 20...1 << 40,
                "How much of requests' bodies is held at once, until their answers begin; more is answered with 503."
            ),
            .integer(
                "limits.connections",
                \.limits.connections,
                in: 0...10_000_000,
                "Open connections, tunnels included; 0 allows as many as the system gives file descriptors for."
            ),
            .integer(
                "limits.connections-per-address",
                \.limits.connectionsPerAddress,
                in: 0...10_000_000,
                "Open connections of one address; 0 is no limit. Trusted proxies are not counted."
            ),
            .integer(
                "limits.connects-per-address",
                \.limits.connectsPerAddress,
                in: 0...10_000_000,
                "New connections of one address in a second, as the mean of ten; 0 is no limit."
            ),
            .time(
                "timeouts.header",
                \.timeouts.header,
                in: .milliseconds(100)...(.seconds(3600)),
                "How long a new connection may take until the head of its first request is whole."
            ),
            .time(
                "timeouts.body",
                \.timeouts.body,
                in: .milliseconds(100)...(.seconds(3600)),
                "How long the body of a request may make no progress; then 408."
            ),
            .time(
                "timeouts.first-byte",
                \.timeouts.firstByte,
                in: .milliseconds(100)...(.seconds(86_400)),
                "How long an upstream may take until the first byte of its answer; then 504."
            ),
            .time(
                "timeouts.idle",
                \.timeouts.idle,
                in: .milliseconds(100)...(.seconds(86_400)),
                "How long an answer that has begun may be silent; then it ends with an error."
            ),
            .time(
                "timeouts.keep-alive",
                \.timeouts.keepAlive,
                in: .milliseconds(100)...(.seconds(86_400)),
                "How long an HTTP connection may wait for its next request."
            ),
            .time(
                "timeouts.resume",
                \.timeouts.resume,
                in: .zero...(.seconds(300)),
                "How long a call whose tunnel has died waits for its connector's next one, to go on there; 0s ends it at once."
            ),
            .time(
                "timeouts.tunnel",
                \.timeouts.tunnel,
                in: .seconds(1)...(.seconds(86_400)),
                "After how much silence of its connector a tunnel is given up; a third of it is waited for before it is asked."
            ),
            .time(
                "stream.keepalive",
                \.stream.keepalive,
                in: .milliseconds(100)...(.seconds(3600)),
                "After which silence a streamed answer gets a comment that keeps proxies from closing it."
            ),
            .time(
                "stream.hold",
                \.stream.hold,
                in: .zero...(.seconds(600)),
                "How long the head of a streamed answer is held back, so that an early failure gets its own status; 0 sends"
                    + " it at once."
            ),
            .time(
                "stream.in-progress",
                \.stream.inProgress,
                in: .milliseconds(100)...(.seconds(3600)),
                "After how long without an event a streamed answer of Responses repeats that it is in progress."
            ),
            .time(
                "websocket.ping",
                \.webSocket.ping,
                in: .milliseconds(100)...(.seconds(3600)),
                "How often a WebSocket's client is asked whether it is still there."
            ),
            .time(
                "websocket.age",
                \.webSocket.age,
                in: .seconds(1)...(.seconds(86_400)),
                "How old a WebSocket may be; then it is closed as soon as no answer runs on it."
            ),
            .toggle(
                "responses.persist",
                \.responses.persist,
                "Write the responses that callers have stored, prompts and answers, to disk, so that a restart keeps them."
            ),
            .time(
                "responses.keep",
                \.responses.keep,
                in: .seconds(1)...(.seconds(2_592_000)),
                "How long a stored response is kept after its last use."
            ),
            .size(
                "responses.memory",
                \.responses.memory,
                in: 1 << 20...1 << 34,
                "How much is kept of the stored responses of all keys together."
            ),
            .time(
                "drain",
                \.drain,
                in: .zero...(.seconds(86_400)),
                "How long calls may go on after the relay was asked to stop; a second signal ends them."
            ),
            .time(
                "hold.time",
                \.hold.time,
                in: .zero...(.seconds(3600)),
                "How long a call for a deployment whose connector has just gone waits for it; 0 answers with 503 at once."
            ),
            .integer(
                "hold.calls",
                \.hold.calls,
                in: 0...100_000,
                "How many calls of one deployment wait for its connector; more are answered with 503 at once."
            ),
            .time(
                "queue.time",
                \.queue.time,
                in: .zero...(.seconds(60)),
                "How long a call waits when a limit of calls at once has no room for it; 0 answers with 429 at once."
            ),
            .integer(
                "queue.calls",
                \.queue.calls,
                in: 0...100_000,
                "How many calls wait for one limit of calls at once; more are answered with 429 at once."
            ),
            .time(
                "capacity.time",
                \.capacity.time,
                in: .zero...(.seconds(86_400)),
                "How long a call waits when every server of its deployment is known to be busy; 0 sends it on at once."
            ),
            .integer(
                "capacity.calls",
                \.capacity.calls,
                in: 0...100_000,
                "How many calls of one deployment wait for a server that is not busy; 0 sends all on at once."
            ),
            .patterns(
                "capacity.ignore",
                \.capacity.ignore,
                "Deployments whose calls are sent on at once, however busy their servers are."
            ),
            .patterns(
                "placement.affinity",
                \.placement.affinity,
                "Deployments whose conversations go back to the connector that they were with, unless it is twice as busy."
            ),
            .origins(
                "cors.origins",
                \.cors.origins,
                "Origins of web pages that may call the API from a browser; * is every one, an empty list none."
            ),
            .errorCodes(
                "errors.codes",
                \.errors.codes,
                "Words that are said in the place of codes of errors, or where errors of a status have none."
            ),
            .choice(
                "errors.upstream-text",
                \.errors.upstreamText,
                "Whether callers are told what a model server says of its errors in its own words."
            ),
            .toggle(
                "images.fetch",
                \.images.fetch,
                "Fetch images that stand in translated requests by their address; otherwise such requests get 400."
            ),
            .size("images.size", \.images.size, in: 1 << 10...64 << 20, "Largest image that is fetched."),
            .integer("images.count", \.images.count, in: 1...100, "How many images are fetched for one call."),
            .time(
                "images.timeout",
                \.images.timeout,
                in: .milliseconds(100)...(.seconds(600)),
                "How long fetching one image may take, redirects included."
            ),
            .exemptions(
                "images.allow",
                \.images.allow,
                "Hosts and networks that images are fetched from although their addresses are not public."
            ),
            .toggle(
                "think-tags",
                \.thinkTags,
                "Take reasoning that a model server leaves in the text as <think>…</think> out of translated answers."
            ),
            .prefix(
                "keys.prefix",
                \.keyPrefix,
                "What the secrets of new keys begin with; those that exist stay good."
            ),
            .networks(
                "metrics.networks",
                \.metrics.networks,
                "Networks that the metrics may be read from; to others they are as if they were not there."
            ),
            .toggle(
                "administration.api",
                \.administration.api,
                "Offer the administration API on the public port too, for those who sign in or show a token."
            ),
            .networks(
                "administration.networks",
                \.administration.networks,
                "Networks that the administration API may be used from; without any, from everywhere."
            ),
            .time(
                "administration.audit",
                \.administration.keepAudit,
                in: .seconds(3600)...(.seconds(10 * 365 * 86_400)),
                "How long the audit log is kept."
            ),
        ] + alerts + money

    private static let alerts: [Setting] = [
        .optionalURL("alerts.url", \.alerts.url, "Where alerts are posted to; without it nothing is watched."),
        .optionalPath(
            "alerts.secret-file",
            \.alerts.secretFile,
            "File with the secret that alerts are signed with; ADIT_ALERTS_SECRET may hold it instead."
        ),
        .toggle("alerts.private", \.alerts.allowsPrivate, "Allow an address for alerts that is not public."),
        .time(
            "alerts.offline",
            \.alerts.offline,
            in: .zero...(.seconds(86_400)),
            "For how long a deployment is offline until an alert tells of it; 0 for never."
        ),
        .integer(
            "alerts.error-percent",
            \.alerts.errorPercent,
            in: 0...100,
            "How many calls of a hundred to a deployment fail until an alert tells of it; 0 for never."
        ),
        .time(
            "alerts.error-window",
            \.alerts.errorWindow,
            in: .seconds(1)...(.seconds(86_400)),
            "Over how long those calls are counted."
        ),
        .integer(
            "alerts.error-calls",
            \.alerts.errorCalls,
            in: 1...1_000_000,
            "Of how many calls in that time at least."
        ),
        .credits(
            "alerts.low-balance",
            \.alerts.lowBalance,
            "Below how many credits of a user an alert tells of it; 0 for never."
        ),
    ]

    private static let money: [Setting] = [
        .choice(
            "billing.unit",
            \.billing.unit,
            "What a balance is counted in: credits, or tokens at a price of one credit a million."
        ),
        .integer(
            "billing.assumed-output",
            \.billing.assumedOutput,
            in: 1...10_000_000,
            "Tokens of an answer that are put aside for a call which states no limit."
        ),
        .choice(
            "usage.record",
            \.usage.record,
            "Of which calls a record is kept: of those that are paid for, of all, or of none."
        ),
        .time(
            "usage.retention",
            \.usage.retention,
            in: .zero...(.seconds(3_660 * 86_400)),
            "How long records of calls are kept; 0 keeps them for ever."
        ),
        .toggle("usage.addresses", \.usage.addresses, "Keep the caller's address in records of calls."),
    ]
}
