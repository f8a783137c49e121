import NIOCore
import Testing

@testable import TunnelProtocol

@Suite("A connector that does not say what its server can be asked for")
struct SilentConnectorTests {
    @Test("is taken for one whose server knows Chat")
    func dialects() throws {
        let line =
            #"{"type":"state","deployments":[{"name":"a","model":"m","upstream":"vllm","busy":0,"queued":0,"healthy":true}]}"#
        guard case .state(let state) = try ControlMessage(line: ByteBuffer(string: line)) else {
            _ = Issue.record("it is no state")
            return
        }
        #expect(state.deployments.first?.dialects == ["chat"])
    }
}
