extension ScriptedUpstream.Kind {
    /// An error of a call as one of the servers words it.
    package struct Complaint: Sendable {
        package var status: Int
        package var body: String
        /// The status that the relay answers its caller with.
        package var seenAs: Int
    }

    /// Errors of calls in the server's own words.
    package var complaints: [Complaint] {
        switch self {
        case .ollama:
            [
                Complaint(
                    status: 503,
                    body: #"""
                        {"error":{"message":"server busy, please try again. maximum pending requests exceeded",\#
                        "type":"api_error","param":null,"code":null}}
                        """#,
                    seenAs: 429
                ),
                Complaint(
                    status: 400,
                    body: #"{"error":{"message":"invalid image input","type":"invalid_request_error","code":null}}"#,
                    seenAs: 400
                ),
                Complaint(
                    status: 500,
                    body: #"{"error":{"message":"model runner has unexpectedly stopped","type":"api_error"}}"#,
                    seenAs: 502
                ),
            ]
        case .llamaCpp:
            [
                Complaint(
                    status: 400,
                    body: #"""
                        {"error":{"code":400,"message":"the request exceeds the available context size",\#
                        "type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":8192}}
                        """#,
                    seenAs: 400
                ),
                Complaint(
                    status: 503,
                    body: #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
                    seenAs: 503
                ),
            ]
        case .vllm:
            [
                Complaint(
                    status: 400,
                    body: #"""
                        {"error":{"message":"This model's maximum context length is 8192 tokens.",\#
                        "type":"BadRequestError","param":null,"code":400}}
                        """#,
                    seenAs: 400
                )
            ]
        case .sglang:
            [
                Complaint(
                    status: 400,
                    body: #"{"object":"error","message":"bad","type":"BadRequestError","param":null,"code":400}"#,
                    seenAs: 400
                )
            ]
        case .lmStudio:
            [
                Complaint(status: 400, body: #"{"error":"'response_format.type' must be 'json_schema'"}"#, seenAs: 400)
            ]
        case .generic:
            [
                Complaint(status: 429, body: #"{"detail":"slow down"}"#, seenAs: 429),
                Complaint(status: 500, body: "Internal Server Error", seenAs: 502),
            ]
        }
    }
}
