package import Dialects
package import NIOCore
package import Vocabulary

/// One call as it was asked: who, what, and how its answer is to be shaped.
package struct Call: Sendable {
    package var id: CallID
    package var endpoint: Endpoint
    /// The deployment's public name, which the answer echoes.
    package var deployment: DeploymentName
    /// The id of the key.
    package var key: String
    package var isStreamed: Bool
    /// Whether the caller asked for the chunk with the usage.
    package var wantsUsage: Bool
    /// Headers of the caller that an upstream may see.
    package var passedHeaders: [(name: String, value: String)]
    package var body: ByteBuffer
    package var prepared: PreparedRequest
    package var arrived: NIODeadline
    package var complete: NIODeadline
}
