/// Balances, codes and records of calls.
extension APIWalk {
    static let money: [Step] =
        [
            .init(
                method: "POST",
                path: movements,
                body: #"{"kind":"top-up","amount":"12.5","note":"nr. 7"}"#,
                status: 201
            ),
            .init(method: "POST", path: movements, body: #"{"kind":"adjustment","amount":"-2.5"}"#, status: 201),
            .init(method: "POST", path: movements, body: #"{"kind":"adjustment","amount":"-1000"}"#, status: 409),
            .init(method: "POST", path: movements, body: #"{"kind":"gift","amount":"1"}"#, status: 400),
            .init(method: "POST", path: movements, body: #"{"kind":"top-up","amount":"much"}"#, status: 400),
            .init(method: "POST", path: movements, body: #"{"kind":"top-up","amount":"0"}"#, status: 400),
            .init(method: "GET", path: movements, status: 200),
            .init(method: "GET", path: movements + "?limit=1&cursor=9223372036854775807", status: 200),
            .init(method: "GET", path: movements + "?cursor=0", status: 400),
            .init(method: "GET", path: movements + "?cursor=9223372036854775808", status: 400),
            .init(method: "GET", path: "/users/ada/balance", status: 200),
            .init(method: "GET", path: "/users/nobody/balance", status: 404),
            .init(method: "GET", path: "/me/balance", status: 200, isOwn: true),
            .init(method: "GET", path: "/me/movements", status: 200, isOwn: true),
            .init(method: "GET", path: "/me/movements?cursor=x", status: 400, isOwn: true),
            .init(
                method: "POST",
                path: "/codes",
                body: #"{"amount":"1","count":2,"note":"spring","expires_at":"2100-01-01T00:00:00Z"}"#,
                status: 201
            ),
            .init(method: "POST", path: "/codes/redeem", body: #"{"code":"@","user":"ada"}"#, status: 200),
            .init(method: "POST", path: "/codes/redeem", body: #"{"code":"rc-adit-none","user":"ada"}"#, status: 404),
            .init(method: "POST", path: "/codes", body: #"{"amount":"2"}"#, status: 201),
            .init(method: "POST", path: "/me/redeem", body: #"{"code":"@"}"#, status: 200, isOwn: true),
            .init(method: "POST", path: "/me/redeem", body: #"{"code":"rc-adit-none"}"#, status: 404, isOwn: true),
            .init(method: "POST", path: "/codes", body: #"{"amount":"1","count":0}"#, status: 400),
            .init(
                method: "POST",
                path: "/codes",
                body: #"{"amount":"1","expires_at":"2027-01-15T08:00:00Z"}"#,
                status: 400
            ),
            .init(method: "GET", path: "/codes", status: 200),
            .init(
                method: "POST",
                path: "/calls/call_paid/refund",
                body: #"{"amount":"0.000001","note":"a"}"#,
                status: 201
            ),
            .init(method: "POST", path: "/calls/call_paid/refund", body: "{}", status: 201),
            .init(method: "POST", path: "/calls/call_paid/refund", body: "{}", status: 409),
            .init(method: "POST", path: "/calls/call_none/refund", body: "{}", status: 404),
            .init(method: "GET", path: "/usage", status: 200),
            .init(method: "GET", path: "/usage?from=2027-01-15T08:00:00Z&to=2027-01-16T00:00:00Z", status: 200),
            .init(method: "GET", path: "/usage?from=yesterday", status: 400),
            .init(method: "GET", path: "/me/usage", status: 200, isOwn: true),
        ] + cursors

    /// Cursors that no page has named: nothing is counted with them. The last one may have been named.
    private static let cursors = ["/usage", "/me/usage"].flatMap { path in
        [
            "x", "-1-x", "1", "8796093022208-x", "9999999999999-x", "9223372036854775807-x", "9223372036854775808-x",
            "8796093022207-x",
        ].map { cursor in
            let status = cursor == "8796093022207-x" ? 200 : 400
            return Step(method: "GET", path: "\(path)?cursor=\(cursor)", status: status, isOwn: path == "/me/usage")
        }
    }

    private static let movements = "/users/ada/movements"
}
