"""Errors become the classes of Anthropic's SDK."""

import anthropic
import pytest

HELLO = [{"role": "user", "content": "Hello there"}]


def ask(client, text="Hello there", **more):
    return client.messages.create(
        **{"model": "gemma-tunnel", "max_tokens": 100, "messages": [{"role": "user", "content": text}], **more}
    )


def test_wrong_key(claude):
    with pytest.raises(anthropic.AuthenticationError) as caught:
        ask(claude.with_options(api_key="sk-adit-wrong"))
    assert caught.value.type == "authentication_error"
    assert caught.value.request_id.startswith("req_")
    assert caught.value.body["request_id"] == caught.value.request_id


def test_a_model_that_the_key_may_not_use(claude, house):
    key = house.relay.administer("key", "create", "--label", "narrow", "--models", "other-*")["secret"]
    with pytest.raises(anthropic.PermissionDeniedError) as caught:
        ask(claude.with_options(api_key=key))
    assert caught.value.type == "permission_error"
    assert "gemma-tunnel" in caught.value.api_message


@pytest.mark.parametrize("stream", [False, True])
def test_no_such_deployment(claude, stream):
    with pytest.raises(anthropic.NotFoundError) as caught:
        ask(claude, model="nobody", stream=stream)
    assert caught.value.type == "not_found_error"
    assert "nobody" in caught.value.api_message


def test_no_such_route(claude):
    with pytest.raises(anthropic.NotFoundError) as caught:
        claude.messages.batches.list()
    assert caught.value.type == "not_found_error"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"messages": []}, "messages"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "odd"}]}]}, "messages.0.content.0.type"),
        ({"tools": [{"name": "weather"}]}, "tools.0.input_schema"),
        ({"tool_choice": {"type": "tool", "name": "none"}}, "tool_choice.name"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"stop_sequences": "END"}, "stop_sequences"),
    ],
)
def test_a_bad_request_names_the_field(claude, house, wrong, field):
    before = len(house.upstream.bodies)
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask(claude, **wrong)
    assert caught.value.type == "invalid_request_error"
    assert caught.value.api_message.startswith(field + ": ")
    assert len(house.upstream.bodies) == before


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_of_the_model_server(claude, stream):
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask(claude, "script:refuse", stream=stream)
    assert caught.value.type == "invalid_request_error"
    assert "context size" in caught.value.api_message


@pytest.mark.parametrize("stream", [False, True])
def test_a_busy_model_server(claude, stream):
    with pytest.raises(anthropic.RateLimitError) as caught:
        ask(claude, "script:busy", stream=stream)
    assert caught.value.type == "rate_limit_error"
    assert int(caught.value.response.headers["retry-after"]) >= 1


def test_the_sdk_tries_again_when_told_to(claude, house):
    house.upstream.asked.pop("busy_once", None)
    answer = ask(claude.with_options(max_retries=2), "script:busy_once")
    assert answer.content[0].text.endswith("script:busy_once")


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_server_that_breaks(claude, stream):
    with pytest.raises(anthropic.InternalServerError) as caught:
        ask(claude, "script:broken", stream=stream)
    assert (caught.value.status_code, caught.value.type) == (502, "api_error")


@pytest.mark.parametrize("stream", [False, True])
def test_a_deployment_that_is_offline(claude, stream):
    with pytest.raises(anthropic.InternalServerError) as caught:
        ask(claude, model="lonely", stream=stream)
    assert (caught.value.status_code, caught.value.type) == (503, "overloaded_error")
    assert "lonely" in caught.value.api_message
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 30


@pytest.mark.parametrize("script", ["break_in_stream", "fail_in_stream"])
def test_a_stream_that_breaks_raises(claude, house, script):
    words = ""
    house.upstream.may_break.clear()
    messages = [{"role": "user", "content": "script:" + script}]
    with pytest.raises(anthropic.APIStatusError) as caught:
        with claude.messages.stream(model="gemma-tunnel", max_tokens=100, messages=messages) as stream:
            for word in stream.text_stream:
                words += word
                house.upstream.may_break.set()
    assert words == "half an"
    assert caught.value.type == "api_error"
    assert caught.value.body["type"] == "error"
    assert caught.value.body["request_id"] == caught.value.request_id
    assert script == "break_in_stream" or "out of memory" in caught.value.api_message


def test_leaving_a_stream_stops_the_model(claude, house):
    house.upstream.disconnected.clear()
    with ask(claude, "script:endless", stream=True) as stream:
        next(iter(stream))
    claude.close()
    assert house.upstream.disconnected.wait(10)
