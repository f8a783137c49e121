extension AdministrationCommandTests {
    private static let user = """
        {"id":"usr_1","name":"Ada","email":"ada@example.com","role":"member","disabled":false,\
        "created_at":"2026-01-31T12:00:00Z","has_password":true,"most_keys":10,\
        "limits":{"concurrent_calls":10,"requests_per_minute":60}}
        """
    private static let group = """
        {"id":"grp_1","name":"pro","created_at":"2026-01-31T12:00:00Z","dialects":["chat","gemini"],"streaming":false,\
        "billed":true,"multiplier":"1.5","user_multipliers":{"Ada":"1.2"},"service_tiers":{"flex":"0.5"},\
        "vanished_client":"whole","missing_usage":"free","key_limits":{"requests_per_minute":60}}
        """
    private static let key = """
        {"id":"key_1","hint":"WXYZ","disabled":false,"created_at":"2026-01-31T12:00:00Z","user":"Ada","user_id":"usr_1",\
        "group":"pro","group_id":"grp_1","allowed_addresses":["10.0.0.0/8"],"denied_addresses":["10.0.0.1"],\
        "limits":{"tokens_per_minute":5},"previous_secret_until":"2026-02-01T12:00:00Z","secret":"sk-adit-S"}
        """
    private static let deployment = """
        {"name":"m","enabled":true,"origin":"connector","created_at":"2026-01-31T12:00:00Z","online":true,"connectors":1,\
        "calls_in_flight":0,"aliases":["x"],"owner":"Ada","visible_to":["pro"],"public":true,\
        "price":{"input":"0.5","cached_input":"0.05","output":"2"},"limits":{"requests_per_day":7}}
        """

    /// Users, groups, and what they brought to keys and deployments.
    static let accountExamples: [Example] = [
        .init(
            words: "user create Ada --email ada@example.com --role member --rpm 60 --concurrent 10",
            method: "POST",
            path: "/users",
            body: #"{"email":"ada@example.com","limits":{"concurrent_calls":10,"requests_per_minute":60},"#
                + #""name":"Ada","role":"member"}"#,
            answer: user,
            line: "user Ada exists (usr_1)"
        ),
        .init(
            words: "user list",
            method: "GET",
            path: "/users",
            answer: "[\(user)]",
            line: "Ada   ada@example.com  member  good   60 requests/min, 10 at once  usr_1"
        ),
        .init(
            words: "user show Ada",
            method: "GET",
            path: "/users/Ada",
            answer: user,
            line: "limits    60 requests/min, 10 at once"
        ),
        .init(
            words: "user set Ada --tpm 0",
            method: "PATCH",
            path: "/users/Ada",
            body: #"{"limits":{"tokens_per_minute":0}}"#,
            answer: user,
            line: "user Ada is changed"
        ),
        .init(
            words: "user disable Ada",
            method: "PATCH",
            path: "/users/Ada",
            body: #"{"disabled":true}"#,
            answer: user,
            line: "user Ada is disabled"
        ),
        .init(
            words: "user enable Ada",
            method: "PATCH",
            path: "/users/Ada",
            body: #"{"disabled":false}"#,
            answer: user,
            line: "user Ada is enabled"
        ),
        .init(
            words: "user delete Ada",
            method: "DELETE",
            path: "/users/Ada",
            answer: "",
            line: "user Ada is deleted"
        ),
        .init(
            words: "group create pro --dialects chat gemini --deployments home-* --streaming off --billing on"
                + " --multiplier 1.5 --user-multiplier Ada=1.2 --service-tier flex=0.5 old= --vanished-client whole"
                + " --missing-usage free --rpd 9 --user-concurrent 10 --key-rpm 60",
            method: "POST",
            path: "/groups",
            body: #"{"billed":true,"deployments":["home-*"],"dialects":["chat","gemini"],"#
                + #""key_limits":{"requests_per_minute":60},"limits":{"requests_per_day":9},"missing_usage":"free","#
                + #""multiplier":"1.5","name":"pro","service_tiers":{"flex":"0.5","old":""},"streaming":false,"#
                + #""user_limits":{"concurrent_calls":10},"user_multipliers":{"Ada":"1.2"},"vanished_client":"whole"}"#,
            answer: group,
            line: "group pro exists (grp_1)"
        ),
        .init(
            words: "group list",
            method: "GET",
            path: "/groups",
            answer: "[\(group)]",
            line: "pro   chat gemini  every one    off        on         1.5  -"
        ),
        .init(
            words: "group show pro",
            method: "GET",
            path: "/groups/pro",
            answer: group,
            line: "of each key       60 requests/min"
        ),
        .init(
            words: "group set pro --dialects all --streaming on",
            method: "PATCH",
            path: "/groups/pro",
            body: #"{"dialects":[],"streaming":true}"#,
            answer: group,
            line: "group pro is changed"
        ),
        .init(
            words: "group delete pro",
            method: "DELETE",
            path: "/groups/pro",
            answer: "",
            line: "group pro is deleted"
        ),
        .init(
            words: "key create --user Ada --group pro --allow 10.0.0.0/8 --deny 10.0.0.1 --tpm 5",
            method: "POST",
            path: "/keys",
            body: #"{"allowed_addresses":["10.0.0.0/8"],"denied_addresses":["10.0.0.1"],"group":"pro","#
                + #""limits":{"tokens_per_minute":5},"user":"Ada"}"#,
            answer: key,
            line: "  sk-adit-S"
        ),
        .init(
            words: "key set key_1 --allow all --deny none --models all --group pro",
            method: "PATCH",
            path: "/keys/key_1",
            body: #"{"allowed_addresses":[],"denied_addresses":[],"group":"pro","models":[]}"#,
            answer: key,
            line: "key key_1 is changed"
        ),
        .init(
            words: "key show key_1",
            method: "GET",
            path: "/keys/key_1",
            answer: key,
            line: "allowed from     10.0.0.0/8"
        ),
        .init(
            words: "key rotate key_1 --overlap 24h",
            method: "POST",
            path: "/keys/key_1/rotate",
            body: #"{"overlap":86400}"#,
            answer: key,
            line: "  sk-adit-S"
        ),
        .init(
            words: "token rotate tok_1 --overlap 10m",
            method: "POST",
            path: "/tokens/tok_1/rotate",
            body: #"{"overlap":600}"#,
            answer:
                #"{"id":"tok_1","hint":"W","created_at":"2026-01-31T12:00:00Z","scope":["m"],"secret":"tt-adit-S"}"#,
            line: "  tt-adit-S"
        ),
        .init(
            words: "deployment set m --alias x --owner Ada --visible-to pro --public on --price-input 0.5"
                + " --price-cached 0.05 --price-output 2 --rpd 7",
            method: "PATCH",
            path: "/deployments/m",
            body: #"{"aliases":["x"],"limits":{"requests_per_day":7},"owner":"Ada","#
                + #""price":{"cached_input":"0.05","input":"0.5","output":"2"},"public":true,"visible_to":["pro"]}"#,
            answer: deployment,
            line: "deployment m is changed"
        ),
        .init(
            words: "deployment set m --no-price --alias none",
            method: "PATCH",
            path: "/deployments/m",
            body: #"{"aliases":[],"price":{}}"#,
            answer: deployment,
            line: "deployment m is changed"
        ),
        .init(
            words: "deployment show m",
            method: "GET",
            path: "/deployments/m",
            answer: deployment,
            line: "price            0.5 in, 0.05 cached, 2 out, for a million tokens"
        ),
        .init(words: "limits show", method: "GET", path: "/limits", answer: "{}", line: "none"),
        .init(
            words: "limits set --rpm 55",
            method: "PATCH",
            path: "/limits",
            body: #"{"requests_per_minute":55}"#,
            answer: #"{"requests_per_minute":55}"#,
            line: "limits of the relay: 55 requests/min"
        ),
    ]
}
