"""The profile for a gateway that sells calls: what its documents promise, statement by statement."""

import threading

import pytest
from profiles import DEPLOYMENT, SAY, profile

# Prices of the profile in micro-credits for a token, for five tokens of a prompt and seven of an answer.
COST = 5 * 2 + 7 * 8
CALLS = {
    "openai": ("/v1/chat/completions", {"model": DEPLOYMENT, "messages": SAY}),
    "anthropic": ("/v1/messages", {"model": DEPLOYMENT, "max_tokens": 64, "messages": SAY}),
    "gemini": (f"/v1beta/models/{DEPLOYMENT}:generateContent", {"contents": [{"parts": [{"text": "Hello"}]}]}),
}
GEMINI = f"/v1beta/models/{DEPLOYMENT}"
HELLO = {"parts": [{"text": "Hello"}]}
# Every path that is called, and whose it is.
PATHS = [
    *((group, path, body) for group, (path, body) in CALLS.items()),
    ("openai", "/v1/completions", {"model": DEPLOYMENT, "prompt": "Hello"}),
    ("openai", "/v1/responses", {"model": DEPLOYMENT, "input": "Hello"}),
    ("openai", "/v1/responses/input_tokens", {"model": DEPLOYMENT, "input": "Hello"}),
    ("openai", "/v1/embeddings", {"model": DEPLOYMENT, "input": "Hello"}),
    ("anthropic", "/v1/messages/count_tokens", {"model": DEPLOYMENT, "messages": SAY}),
    ("gemini", f"{GEMINI}:streamGenerateContent", {"contents": [HELLO]}),
    ("gemini", f"{GEMINI}:countTokens", {"contents": [HELLO]}),
    ("gemini", f"{GEMINI}:embedContent", {"content": HELLO}),
    ("gemini", "/v1beta/models", None),
    ("gemini", GEMINI, None),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with profile("gateway", tmp_path_factory.mktemp("gateway")) as house:
        house.relay.administer("balance", "top-up", "default", "10")
        house.keys = {group: house.key("--group", group) for group in CALLS}
        yield house


@pytest.fixture
def user(house):
    """A user without any money, and a key in the OpenAI group."""
    user.number = getattr(user, "number", 0) + 1
    name = f"user{user.number}"
    house.relay.administer("user", "create", name)
    return name, house.key("--user", name, "--group", "openai")


def spent(house, call, user="default"):
    """What a call takes off the balance, in micro-credits."""
    before, _ = house.balance(user)
    answer = call()
    assert answer.status == 200, answer.text
    after, held = house.balance(user)
    assert held == 0
    return before - after


def test_keys_begin_with_sk(house):
    assert all(key.startswith("sk-") for key in house.keys.values())


@pytest.mark.parametrize("group", CALLS)
@pytest.mark.parametrize("header", ["authorization", "x-api-key", "x-goog-api-key"])
def test_each_group_speaks_its_dialect_with_a_key_in_any_header(house, group, header):
    path, body = CALLS[group]
    assert house.call(path, body, house.keys[group], header).status == 200


def test_the_bearer_token_counts_before_other_headers(house):
    path, body = CALLS["openai"]
    good = house.keys["openai"]
    assert house.call(path, body, good, **{"x-api-key": "sk-wrong"}).status == 200
    assert house.call(path, body, "sk-wrong", **{"x-api-key": good}).status == 401


@pytest.mark.parametrize("group", CALLS)
@pytest.mark.parametrize(("owner", "path", "body"), PATHS, ids=[path for _, path, _ in PATHS])
def test_404_for_the_endpoint_of_another_group(house, group, owner, path, body):
    assert house.call(path, body, house.keys[group]).status == (200 if group == owner else 404)


@pytest.mark.parametrize(("path", "body"), [path[1:] for path in PATHS], ids=[path for _, path, _ in PATHS])
def test_a_key_without_a_group_is_good_for_nothing(house, path, body):
    assert house.call(path, body, house.key()).status in (403, 404)


def test_models_without_a_price_are_not_listed(house):
    house.relay.administer("deployment", "create", "unpriced")
    for group, paths in {**dict.fromkeys(CALLS, ["/v1/models"]), "gemini": ["/v1/models", "/v1beta/models"]}.items():
        for path in paths:
            answer = house.call(path, key=house.keys[group])
            assert DEPLOYMENT in answer.text and "unpriced" not in answer.text
            assert house.call(f"{path}/unpriced", key=house.keys[group]).status == 404


@pytest.mark.parametrize("method", ["generateContent", "streamGenerateContent"])
def test_stream_in_the_body_is_a_stream_of_events_in_gemini_too(house, method):
    answer = house.call(f"{GEMINI}:{method}", {"contents": [HELLO], "stream": True}, house.keys["gemini"])
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("data: {")


@pytest.mark.parametrize("path", ["/v1/models", "/models"])
def test_every_group_has_a_list_of_models(house, path):
    for key in house.keys.values():
        assert DEPLOYMENT in house.call(path, key=key).text
    assert DEPLOYMENT in house.call("/v1beta/models", key=house.keys["gemini"], header="x-goog-api-key").text


def test_root_paths_are_aliases(house):
    assert house.chat(house.keys["openai"], path="/chat/completions").status == 200


@pytest.mark.parametrize("query", ["?key=", "?api_key="])
def test_400_for_a_key_in_the_query(house, query):
    path, body = CALLS["openai"]
    key = house.keys["openai"]
    assert house.call(path, body, key, query=query + key).status == 400


def test_401_for_a_missing_wrong_or_disabled_key(house):
    made = house.relay.administer("key", "create", "--group", "openai")
    house.relay.administer("key", "disable", made["id"])
    for key in (None, "sk-wrong", made["secret"]):
        assert house.chat(key).status == 401


def test_streams_end_with_done(house):
    path, body = CALLS["openai"]
    answer = house.call(path, {**body, "stream": True}, house.keys["openai"])
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.rstrip().endswith("data: [DONE]")


def test_402_without_a_balance_and_service_again_after_a_top_up(house, user):
    name, key = user
    answer = house.chat(key)
    assert (answer.status, answer.error["code"]) == (402, "insufficient_balance")
    house.relay.administer("balance", "top-up", name, "1")
    assert house.chat(key).status == 200


@pytest.mark.parametrize("stream", [False, True])
def test_input_and_output_are_billed_by_their_prices(house, stream):
    path, body = CALLS["openai"]
    assert spent(house, lambda: house.call(path, {**body, "stream": stream}, house.keys["openai"])) == COST


def test_cached_tokens_have_their_own_price(house):
    cost = 2 * 2 + 3 * 0.5 + 7 * 8
    # Rounded up to a whole micro-credit.
    assert spent(house, lambda: house.chat(house.keys["openai"], script="cached")) == -(-cost // 1)


@pytest.mark.parametrize(("group", "factor"), [("openai", 1), ("anthropic", 1.2), ("gemini", 0.8)])
def test_prices_are_times_the_multiplier_of_the_group(house, group, factor):
    path, body = CALLS[group]
    assert spent(house, lambda: house.call(path, body, house.keys[group])) == -(-COST * factor // 1)


def test_a_multiplier_of_the_user_stands_in_the_place_of_the_groups(house, user):
    name, key = user
    house.relay.administer("balance", "top-up", name, "1")
    house.relay.administer("group", "set", "openai", "--user-multiplier", f"{name}=2")
    assert spent(house, lambda: house.chat(key), name) == 2 * COST


@pytest.mark.parametrize(("tier", "factor"), [("flex", 0.5), ("priority", 2), ("standard", 1)])
def test_prices_are_times_the_factor_of_the_service_tier(house, tier, factor):
    assert spent(house, lambda: house.chat(house.keys["openai"], service_tier=tier)) == COST * factor


def test_what_fails_upstream_is_not_billed(house):
    before = house.balance()
    assert house.chat(house.keys["openai"], script="broken").status == 502
    assert house.balance() == before


def test_usage_of_a_key(house):
    key = house.key("--group", "openai", "--rpm", "30", "--quota", "day=1000", "life=5000")
    assert house.chat(key).status == 200
    usage = house.call("/v1/usage", key=key).json
    assert (usage["total"]["calls"], usage["today"]["input_tokens"], usage["today"]["output_tokens"]) == (1, 5, 7)
    assert round(float(usage["total"]["cost"]) * 1_000_000) == COST
    assert [entry["model"] for entry in usage["by_model"]] == [DEPLOYMENT]
    assert len(usage["by_day"]) == 1
    assert usage["limits"] == {"requests_per_minute": 30}
    windows = {window.pop("window"): window for window in usage["quota"]["windows"]}
    assert windows["life"] == {"limit": 5000, "used": 12, "remaining": 4988}
    assert windows["day"]["remaining"] == 988 and windows["day"]["resets_at"] % 86_400 == 0


def test_many_calls_at_once_never_spend_more_than_there_is(house, user):
    name, key = user
    # Each call states its limit, so that about twice its cost is put aside for it.
    house.relay.administer("balance", "top-up", name, "0.001")
    answers = []

    def call():
        answers.append(house.chat(key, max_tokens=7).status)

    callers = [threading.Thread(target=call) for _ in range(40)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    left, held = house.balance(name)
    assert set(answers) == {200, 402} and held == 0
    assert left == 1000 - answers.count(200) * COST >= 0
