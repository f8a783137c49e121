"""Limits become the SDKs' own errors, with what their retries need."""

import anthropic
import openai
import pytest
from google.genai import errors

HELLO = [{"role": "user", "content": "Hello there"}]


@pytest.fixture
def narrow(house):
    """The secret of a key that is good for one call in a minute."""
    return house.relay.administer("key", "create", "--label", "narrow", "--rpm", "1")["secret"]


def test_openai(client, narrow):
    limited = client.with_options(api_key=narrow, max_retries=0)
    first = limited.chat.completions.with_raw_response.create(
        model="gemma-tunnel", messages=HELLO, extra_body={"script": "answer"}
    )
    assert first.headers["x-ratelimit-limit-requests"] == "1"
    assert first.headers["x-ratelimit-remaining-requests"] == "0"
    assert first.headers["x-ratelimit-reset-requests"] == "1m0s"
    with pytest.raises(openai.RateLimitError) as caught:
        limited.chat.completions.create(model="gemma-tunnel", messages=HELLO)
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.type == "rate_limit_error"
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 60
    assert caught.value.response.headers["x-ratelimit-remaining-requests"] == "0"


def test_anthropic(claude, narrow):
    limited = claude.with_options(api_key=narrow)
    first = limited.messages.with_raw_response.create(model="gemma-tunnel", max_tokens=64, messages=HELLO)
    assert first.headers["anthropic-ratelimit-requests-remaining"] == "0"
    with pytest.raises(anthropic.RateLimitError) as caught:
        limited.messages.create(model="gemma-tunnel", max_tokens=64, messages=HELLO)
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 60
    assert caught.value.response.headers["anthropic-ratelimit-requests-limit"] == "1"


def test_gemini(make_gemini, narrow):
    with make_gemini(key=narrow) as limited:
        limited.models.generate_content(model="gemma-tunnel", contents="Hello there")
        with pytest.raises(errors.ClientError) as caught:
            limited.models.generate_content(model="gemma-tunnel", contents="Hello there")
    assert caught.value.code == 429
    assert caught.value.status == "RESOURCE_EXHAUSTED"
    assert "retryDelay" in str(caught.value.details)
