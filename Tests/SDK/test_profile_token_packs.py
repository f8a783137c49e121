"""The profile for packs of tokens: what its page promises, statement by statement."""

import threading
import time

import pytest
from profiles import DEPLOYMENT, SAY, profile

TOKENS = 12


@pytest.fixture
def house(tmp_path):
    """A relay of its own for each test: its limits count everybody's calls."""
    with profile("token-packs", tmp_path) as house:
        house.relay.administer("balance", "top-up", "default", "0.1")
        house.made = house.relay.administer("key", "create")
        house.secret = house.made["secret"]
        yield house


def test_the_key_is_shown_once_and_can_be_revoked(house):
    shown = house.relay.administer("key", "show", house.made["id"])
    assert "secret" not in shown
    assert house.chat(house.secret).status == 200
    house.relay.administer("key", "delete", house.made["id"])
    assert house.chat(house.secret).status == 401


def test_one_token_is_one_token_that_the_answer_reports(house):
    before, _ = house.balance()
    answer = house.chat(house.secret)
    assert answer.json["usage"]["total_tokens"] == TOKENS
    assert house.balance() == (before - TOKENS, 0)


def test_the_list_of_models_is_public_and_names_nothing_but_what_is_enabled(house):
    house.relay.administer("deployment", "create", "unpublished")
    assert [model["id"] for model in house.call("/v1/models").json["data"]] == [DEPLOYMENT]
    house.relay.administer("deployment", "disable", DEPLOYMENT)
    assert DEPLOYMENT not in house.call("/v1/models").text


def test_400_for_streaming_and_for_what_is_no_request(house):
    assert house.chat(house.secret, stream=False).status == 200
    for members in ({"stream": True}, {"messages": []}):
        answer = house.chat(house.secret, **members)
        assert (answer.status, answer.error["code"]) == (400, "invalid_request"), answer.text


def test_401_for_a_missing_invalid_or_inactive_key(house):
    house.relay.administer("key", "disable", house.made["id"])
    for key in (None, "sk-wrong", house.secret):
        answer = house.chat(key)
        assert (answer.status, answer.error["code"]) == (401, "invalid_api_key")


def test_only_chat_completions(house):
    for path, body in (
        ("/v1/messages", {"model": DEPLOYMENT, "max_tokens": 9, "messages": SAY}),
        ("/v1/responses", {"model": DEPLOYMENT, "input": "Hello"}),
    ):
        assert house.call(path, body, house.secret).status == 404


def test_402_when_the_balance_does_not_cover_the_reservation(house):
    answer = house.chat(house.secret, max_tokens=1_000_000)
    assert (answer.status, answer.error["code"]) == (402, "insufficient_tokens")
    assert house.balance() == (100_000, 0)
    # What the call may cost at most is what counts, not what the pack holds.
    assert house.chat(house.secret, max_tokens=1_000).status == 200


def test_55_requests_a_minute_of_everybody(house):
    began = time.monotonic()
    for count in range(120):
        answer = house.chat(house.secret)
        if answer.status != 200:
            break
    seconds = time.monotonic() - began
    assert (answer.status, answer.error["code"]) == (429, "rate_limit_error")
    assert int(answer.headers["retry-after"]) > 0
    # More than 55 only as far as the minute went on meanwhile.
    assert 55 <= count <= 55 + seconds * 55 / 60 + 1


def test_60_a_minute_are_those_of_the_key(house):
    answer = house.chat(house.secret)
    # The narrowest limit is told: of the relay's 55 one is gone.
    assert answer.headers["x-ratelimit-limit-requests"] in ("55", "60")
    house.relay.administer("limits", "set", "--rpm", "0")
    assert house.chat(house.secret).headers["x-ratelimit-limit-requests"] == "60"


def test_10_calls_at_once_for_a_user(house):
    answers = []
    held = [threading.Thread(target=lambda: answers.append(house.chat(house.secret, script="wait"))) for _ in range(10)]
    for caller in held:
        caller.start()
    deadline = time.monotonic() + 30
    while house.upstream.asked.get("wait", 0) < 10 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert house.upstream.asked["wait"] == 10
    # Another key of the same user does not help.
    eleventh = house.chat(house.key())
    assert (eleventh.status, eleventh.error["code"]) == (429, "rate_limit_error")
    house.upstream.may_answer.set()
    for caller in held:
        caller.join()
    assert [answer.status for answer in answers] == [200] * 10
    assert house.chat(house.secret).status == 200


@pytest.mark.parametrize("script", ["broken", "rubbish", "without_usage"])
def test_failures_and_missing_usage_are_not_billed(house, script):
    before = house.balance()
    answer = house.chat(house.secret, script=script)
    assert answer.status == (200 if script == "without_usage" else 502)
    assert house.balance() == before


def test_502_when_the_provider_fails(house):
    for script in ("broken", "rubbish"):
        answer = house.chat(house.secret, script=script)
        assert (answer.status, answer.error["code"]) == (502, "upstream_error"), answer.text
    assert str(house.upstream.server_port) not in answer.text


def test_records_hold_no_word_of_a_prompt(house):
    words = "a-prompt-that-nobody-keeps"
    body = {"model": DEPLOYMENT, "messages": [{"role": "user", "content": words}]}
    assert house.call("/v1/chat/completions", body, house.secret).status == 200
    house.connector.stop()
    house.relay.stop()
    for file in house.relay.data.parent.rglob("*"):
        if file.is_file():
            assert words.encode() not in file.read_bytes(), file
