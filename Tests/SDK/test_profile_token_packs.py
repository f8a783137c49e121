"""The profile for packs of tokens: what its page promises, statement by statement."""

import threading
import time

import pytest
from profiles import DEPLOYMENT, SAY, profile, until_429
from upstream import SECRET

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
    # One that was cached is a token too.
    assert house.chat(house.secret, script="cached").json["usage"]["prompt_tokens_details"]["cached_tokens"] == 3
    assert house.balance() == (before - 2 * TOKENS, 0)


def test_the_list_of_models_is_public_and_names_nothing_but_what_is_enabled(house):
    house.relay.administer("deployment", "create", "unpublished")
    # What has no price is not sold, and not listed either: every SDK asks with its key.
    for key in (None, house.secret):
        assert [model["id"] for model in house.call("/v1/models", key=key).json["data"]] == [DEPLOYMENT]
    assert house.call("/v1/models/unpublished", key=house.secret).status == 404
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
        ("/v1/embeddings", {"model": DEPLOYMENT, "input": "Hello"}),
        (f"/v1beta/models/{DEPLOYMENT}:generateContent", {"contents": [{"parts": [{"text": "Hello"}]}]}),
        (f"/v1beta/models/{DEPLOYMENT}:embedContent", {"content": {"parts": [{"text": "Hello"}]}}),
    ):
        assert house.call(path, body, house.secret).status == 404


def test_402_when_the_balance_does_not_cover_the_reservation(house):
    answer = house.chat(house.secret, max_tokens=1_000_000)
    assert (answer.status, answer.error["code"]) == (402, "insufficient_tokens")
    assert house.balance() == (100_000, 0)
    # What the call may cost at most is what counts, not what the pack holds.
    assert house.chat(house.secret, max_tokens=1_000).status == 200


def test_55_requests_a_minute_of_everybody(house):
    count, answer, seconds = until_429(house, house.secret)
    assert answer.error["code"] == "rate_limit_error"
    assert int(answer.headers["retry-after"]) > 0
    # More than 55 only as far as the minute went on meanwhile.
    assert 55 <= count <= 55 + seconds * 55 / 60 + 1


def test_calls_to_what_is_offline_leave_the_55_to_others(house):
    house.relay.administer("deployment", "create", "asleep")
    house.relay.administer("deployment", "set", "asleep", "--price-input", "1", "--price-output", "1")
    for _ in range(58):
        answer = house.chat(house.secret, "asleep")
        assert (answer.status, answer.error["code"]) == (503, "upstream_error")
    house.relay.administer("user", "create", "another")
    house.relay.administer("balance", "top-up", "another", "0.1")
    assert house.chat(house.key("--user", "another")).status == 200


def test_60_a_minute_are_those_of_the_key(house):
    answer = house.chat(house.secret)
    # The narrowest limit is told: of the relay's 55 one is gone.
    assert answer.headers["x-ratelimit-limit-requests"] in ("55", "60")
    house.relay.administer("limits", "set", "--rpm", "0")
    count, answer, seconds = until_429(house, house.secret)
    assert answer.headers["x-ratelimit-limit-requests"] == "60"
    assert 58 <= count <= 60 + seconds + 1
    assert house.chat(house.key()).status == 200


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
    # Another user has ten of his own.
    house.relay.administer("user", "create", "another")
    house.relay.administer("balance", "top-up", "another", "0.1")
    assert house.chat(house.key("--user", "another")).status == 200
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


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 413, 415, 422, 429, 500, 502, 503, 504])
def test_errors_are_safe_and_have_a_code_whatever_the_provider_says(house, status):
    before = house.balance()
    answer = house.chat(house.secret, script="tell", status=status)
    assert answer.status >= 400 and SECRET not in answer.text
    assert all(answer.error[name] for name in ("message", "type", "code")), answer.text
    if status >= 500 and status != 503:
        assert answer.error["code"] == "upstream_error"
    assert house.balance() == before
    house.connector.stop()
    house.relay.stop()
    assert SECRET not in house.relay.program.log.read_text()


def test_every_error_of_the_relay_has_a_code(house):
    house.relay.administer("deployment", "create", "unpriced")
    path = "/v1/chat/completions"
    answers = [
        house.chat(house.secret, "unpriced"),
        house.call(path, key=house.secret),
        house.call("/v1/nothing", {}, house.secret),
        house.call(path, {"model": DEPLOYMENT}, house.secret, **{"content-type": "text/plain"}),
        house.call(path, {"model": DEPLOYMENT}, house.secret, padding="x" * 70_000),
    ]
    assert [answer.status for answer in answers] == [403, 405, 404, 415, 431]
    for answer in answers:
        assert all(answer.error[name] for name in ("message", "type", "code")), answer.text


def test_503_at_once_when_the_provider_is_gone(house):
    assert house.chat(house.secret).status == 200
    answer, seconds = house.cut_off()
    assert (answer.status, answer.error["code"]) == (503, "upstream_error")
    assert seconds < 2


def test_records_hold_no_word_of_a_prompt(house):
    words = "a-prompt-that-nobody-keeps"
    body = {"model": DEPLOYMENT, "messages": [{"role": "user", "content": words}]}
    assert house.call("/v1/chat/completions", body, house.secret).status == 200
    house.connector.stop()
    house.relay.stop()
    for file in house.relay.data.parent.rglob("*"):
        if file.is_file():
            assert words.encode() not in file.read_bytes(), file
