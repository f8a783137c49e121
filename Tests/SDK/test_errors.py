"""Errors become the SDK's own classes, and its retries do what they should."""

import time

import openai
import pytest

HELLO = [{"role": "user", "content": "Hello there"}]


def ask(client, model="gemma-tunnel", script="answer", **more):
    return client.with_options(max_retries=0).chat.completions.create(
        model=model, messages=HELLO, extra_body={"script": script}, **more
    )


def test_wrong_key(client):
    with pytest.raises(openai.AuthenticationError) as caught:
        ask(client.with_options(api_key="sk-adit-wrong"))
    assert caught.value.code == "invalid_api_key"
    assert caught.value.request_id.startswith("req_")


def test_a_model_that_the_key_may_not_use(client, house):
    key = house.relay.administer("key", "create", "--label", "narrow", "--models", "other-*")["secret"]
    with pytest.raises(openai.PermissionDeniedError) as caught:
        ask(client.with_options(api_key=key))
    assert "gemma-tunnel" in caught.value.message


def test_no_such_deployment(client):
    with pytest.raises(openai.NotFoundError) as caught:
        ask(client, model="nobody")
    assert caught.value.code == "model_not_found"


def test_no_such_route(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.with_options(max_retries=0).moderations.create(input="x")
    assert caught.value.body["message"]


def test_a_bad_request(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="gemma-tunnel", messages=[])
    assert caught.value.param == "messages"


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_of_the_model_server(client, stream):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, script="refuse", stream=stream)
    assert caught.value.code == "context_length_exceeded"
    assert "context size" in caught.value.message


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_server_that_breaks(client, stream):
    with pytest.raises(openai.InternalServerError) as caught:
        ask(client, script="broken", stream=stream)
    assert caught.value.status_code == 502


@pytest.mark.parametrize("stream", [False, True])
def test_a_deployment_that_is_offline(client, stream):
    with pytest.raises(openai.InternalServerError) as caught:
        ask(client, model="lonely", stream=stream)
    assert caught.value.status_code == 503
    assert caught.value.code == "connector_offline"
    assert "lonely" in caught.value.message
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 30


def test_a_stream_that_breaks_raises(client, house):
    words = ""
    house.upstream.may_break.clear()
    with pytest.raises(openai.APIError) as caught:
        with ask(client, script="break_in_stream", stream=True) as stream:
            for chunk in stream:
                words += chunk.choices[0].delta.content or ""
                house.upstream.may_break.set()
    assert words == "half an"
    assert caught.value.body["type"] == "server_error"
    assert isinstance(caught.value.code, str)


@pytest.mark.parametrize("script", ["busy_once", "loading_once"])
def test_the_sdk_tries_again_when_told_to(client, house, script):
    house.upstream.asked.pop(script, None)
    started = time.monotonic()
    answer = client.chat.completions.create(model="gemma-tunnel", messages=HELLO, extra_body={"script": script})
    assert answer.choices[0].message.content == "You said: Hello there"
    assert house.upstream.asked[script] == 2
    # The relay's own retry-after was waited for; it is at least a second.
    assert time.monotonic() - started >= 0.9


def test_leaving_a_stream_stops_the_model(client, house):
    house.upstream.disconnected.clear()
    with ask(client, script="endless", stream=True) as stream:
        next(iter(stream))
    client.close()
    assert house.upstream.disconnected.wait(10)
