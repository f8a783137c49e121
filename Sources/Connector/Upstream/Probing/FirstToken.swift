package import NIOCore

/// Has a model server generate one token: the proof that a call would get through.
package struct FirstToken: Sendable {
    /// What came of it.
    package struct Outcome: Sendable {
        /// The HTTP status.
        package var status: Int
        /// What the server says is wrong.
        package var complaint: String?
        /// Whether the answer is one of Chat.
        package var isAnswer: Bool
    }

    private let client: (any ProbeClient)?

    /// - Parameter patience: how long the model may be loaded and think.
    /// - Throws: when the file of authorities cannot be used.
    package init(_ configuration: UpstreamConfiguration, eventLoop: any EventLoop, patience: TimeAmount) throws {
        switch configuration.address {
        case .demo: self.client = nil
        case .server(let server):
            self.client = try SocketProbeClient(
                configuration,
                server: server,
                eventLoop: eventLoop,
                patience: patience
            )
        }
    }

    /// Asks for it.
    package func ask(model: String) async throws(ProbeFault) -> Outcome {
        guard let client else { return Outcome(status: 200, isAnswer: true) }
        let body =
            #"{"model":\#(JSON.quoted(model)),"messages":[{"role":"user","content":"Hi"}],"max_tokens":1,"stream":false}"#
        let answer = try await client.ask(.post, "/v1/chat/completions", body: body)
        return Outcome(
            status: answer.status,
            complaint: Prober.complaint(answer),
            isAnswer: answer.json?["choices"]?.array?.isEmpty == false
        )
    }
}
