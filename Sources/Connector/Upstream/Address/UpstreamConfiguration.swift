package import NIOCore

/// What of the dialects that a model server speaks by itself is passed to it as it came.
package enum NativeUse: String, Hashable, Sendable, CaseIterable {
    /// Those that servers of its kind are known to speak well; the relay translates the others.
    case auto
    /// Chat only.
    case off
    /// All that it speaks, well or not.
    case force
}

/// One model server and how to speak to it.
package struct UpstreamConfiguration: Hashable, Sendable {
    package var address: UpstreamAddress
    /// What the server wants as a bearer token, if it wants one.
    package var credential: UpstreamCredential?
    /// A PEM file with the authorities to trust in place of the system's.
    package var authorityFile: String?
    /// Whether an `https` server's certificate must be valid and match its name.
    package var verifiesCertificate: Bool
    /// How long a connection may take to be made, its TLS handshake included.
    package var connectTimeout: TimeAmount
    /// How long a connection may wait for its next call.
    ///
    /// uvicorn (vLLM, SGLang), cpp-httplib (llama.cpp) and Node (LM Studio) close idle connections after five seconds;
    /// half of that keeps a call from meeting a connection that is being closed.
    package var idleLimit: TimeAmount
    package var native: NativeUse
    /// How many calls it works on at once, when the user says so; else what it says itself counts.
    package var slots: Int?
    /// How many calls it is to get for each one that goes to one of weight 1.
    package var weight: Int?

    package init(
        address: UpstreamAddress,
        credential: UpstreamCredential? = nil,
        authorityFile: String? = nil,
        verifiesCertificate: Bool = true,
        connectTimeout: TimeAmount = .seconds(5),
        idleLimit: TimeAmount = .milliseconds(2_500),
        native: NativeUse = .auto,
        slots: Int? = nil,
        weight: Int? = nil
    ) {
        self.address = address
        self.credential = credential
        self.authorityFile = authorityFile
        self.verifiesCertificate = verifiesCertificate
        self.connectTimeout = connectTimeout
        self.idleLimit = idleLimit
        self.native = native
        self.slots = slots
        self.weight = weight
    }
}
