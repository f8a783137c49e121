import NIOCore

/// Asks a model server one thing about itself.
protocol ProbeClient: Sendable {
    /// - Parameters:
    ///   - path: what is asked for, behind the server's base path.
    ///   - body: JSON to send along, if any.
    /// - Throws: when there is no answer; an answer of any status is one.
    func ask(_ method: ProbeMethod, _ path: String, body: String?) async throws(ProbeFault) -> ProbeAnswer
}

/// How a server is asked.
enum ProbeMethod: String, Sendable {
    case get = "GET"
    case post = "POST"
}

/// What a server answered.
struct ProbeAnswer: Sendable {
    var status: Int
    /// What the server calls itself.
    var server: String?
    var body: ByteBuffer

    init(status: Int, server: String? = nil, body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.server = server
        self.body = body
    }

    /// The body of a 200 as a JSON object or array, else `nil`.
    var json: JSON? {
        guard self.status == 200, let json = self.anyJSON, json.object != nil || json.array != nil else { return nil }
        return json
    }

    /// Whether the server wants another key, or any at all.
    var refusesCredential: Bool { self.status == 401 || self.status == 403 }

    /// The body as JSON, whatever the status.
    var anyJSON: JSON? { JSON(self.body.readableBytesView) }

    /// The body's beginning as text.
    var text: String { String(decoding: self.body.readableBytesView.prefix(256), as: UTF8.self) }
}

/// Why a server gave no answer.
package enum ProbeFault: Error, Hashable, Sendable {
    /// No connection could be made; the text says why.
    case unreachable(String)
    /// It did not answer in time.
    case timedOut
    /// It answered more than is read.
    case tooLarge
    /// It closed the connection or answered what is no HTTP.
    case broken(String)
    /// It answers, but does not show now what told its kind before.
    case unsure

    /// The fault as a part of a sentence, without an address: callers of the relay get to read it.
    package var reason: String {
        switch self {
        case .unreachable(let why): "its model server cannot be reached (\(why))"
        case .timedOut: "its model server does not answer"
        case .tooLarge: "its model server answers more than a model server would"
        case .broken: "its model server does not answer in HTTP"
        case .unsure: "its model server does not say what it is"
        }
    }
}
