"""The profile for models on people's own machines: what its API promises, statement by statement."""

import pytest
from profiles import DEPLOYMENT, SAY, profile, until_429


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with profile("tunnel-deployments", tmp_path_factory.mktemp("tunnels")) as house:
        # The key that setup has shown.
        (house.secret,) = house.printed
        yield house


def test_keys_begin_as_the_profile_says(house):
    assert house.secret.startswith("sk-tunnel-")


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/v1/chat/completions", {"messages": SAY}, lambda reply: reply["choices"][0]["message"]["content"]),
        ("/v1/messages", {"messages": SAY, "max_tokens": 64}, lambda reply: reply["content"][0]["text"]),
        ("/v1/responses", {"input": "Hello"}, lambda reply: reply["output"][0]["content"][0]["text"]),
    ],
)
def test_three_endpoints_with_the_key_as_a_bearer_token(house, path, body, words):
    answer = house.call(path, {"model": DEPLOYMENT, **body}, house.secret)
    assert answer.status == 200
    assert (answer.json["model"], words(answer.json)) == (DEPLOYMENT, "You said: Hello")
    assert sum(answer.json["usage"][name] for name in answer.json["usage"] if name.startswith(("input_tokens", "prompt_t")) and "details" not in name) == 5


@pytest.mark.parametrize("key", [None, "sk-tunnel-wrong", "sk-other"])
def test_401_for_an_invalid_or_missing_key(house, key):
    assert house.chat(key).status == 401


def test_403_for_a_model_that_the_key_may_not_use(house):
    house.relay.administer("deployment", "create", "another")
    assert house.chat(house.secret, "another").status == 403


def test_404_for_a_deployment_that_is_not_there(house):
    assert house.chat(house.key(), "nothing-of-the-kind").status == 404


def test_503_at_once_while_the_connector_is_offline(house):
    house.relay.administer("deployment", "create", "offline")
    answer = house.chat(house.key(), "offline")
    assert answer.status == 503
    assert "offline" in answer.error["message"] and "connector" in answer.error["message"]
    assert int(answer.headers["retry-after"]) > 0


def test_503_at_once_when_the_connector_dies(tmp_path):
    with profile("tunnel-deployments", tmp_path) as house:
        (house.secret,) = house.printed
        assert house.chat(house.secret).status == 200
        answer, seconds = house.cut_off()
        assert answer.status == 503 and "offline" in answer.error["message"]
        assert seconds < 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embeddings", {"model": DEPLOYMENT, "input": "Hello"}),
        (f"/v1beta/models/{DEPLOYMENT}:generateContent", {"contents": [{"parts": [{"text": "Hello"}]}]}),
    ],
)
def test_404_for_other_endpoints(house, path, body):
    assert house.call(path, body, house.secret).status == 404


def test_60_a_minute_are_those_of_each_key(house):
    first, second = house.key(), house.key()
    until_429(house, first)
    assert house.chat(second).status == 200


def test_429_for_more_than_the_rate_limit(house):
    secret = house.key("--models", DEPLOYMENT, "--rpm", "2")
    statuses = [house.chat(secret).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = house.chat(secret)
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["x-ratelimit-limit-requests"] == "2"
    assert answer.headers["x-ratelimit-remaining-requests"] == "0"


def test_successes_say_what_is_left(house):
    answer = house.chat(house.secret)
    assert answer.headers["x-ratelimit-limit-requests"] == "60"


def test_nothing_is_billed(house):
    before = house.balance()
    assert house.chat(house.secret).status == 200
    assert house.balance() == before == (0, 0)
