"""Errors of Responses become the SDK's own classes."""

import openai
import pytest


def ask(client, text="Hello there", **more):
    return client.with_options(max_retries=0).responses.create(
        **{"model": "gemma-tunnel", "input": text, **more}
    )


def test_wrong_key(client):
    with pytest.raises(openai.AuthenticationError) as caught:
        ask(client.with_options(api_key="sk-adit-wrong"))
    assert caught.value.code == "invalid_api_key"
    assert caught.value.request_id.startswith("req_")


@pytest.mark.parametrize("stream", [False, True])
def test_no_such_deployment(client, stream):
    with pytest.raises(openai.NotFoundError) as caught:
        ask(client, model="nobody", stream=stream)
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"input": []}, "input"),
        ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": [{"type": "odd"}]}]}, "input[0].content[0].type"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "file-1"}]}]}, None),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"reasoning": {"effort": "much"}}, "reasoning.effort"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"background": True, "store": False}, "store"),
        ({"background": True, "stream": True}, "stream"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"previous_response_id": "resp_nobody"}, "previous_response_id"),
    ],
)
def test_a_bad_request_names_the_field(client, house, wrong, field):
    before = len(house.upstream.bodies)
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, **wrong)
    assert caught.value.param == (field or "input[0].content[0].file_id")
    assert len(house.upstream.bodies) == before


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_of_the_model_server(client, stream):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, "script:refuse", stream=stream)
    assert "context size" in caught.value.message
    assert caught.value.code == "context_length_exceeded"


@pytest.mark.parametrize("stream", [False, True])
def test_a_busy_model_server(client, stream):
    with pytest.raises(openai.RateLimitError) as caught:
        ask(client, "script:busy", stream=stream)
    assert int(caught.value.response.headers["retry-after"]) >= 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_server_that_breaks(client, stream):
    with pytest.raises(openai.InternalServerError) as caught:
        ask(client, "script:broken", stream=stream)
    assert caught.value.status_code == 502


@pytest.mark.parametrize("stream", [False, True])
def test_a_deployment_that_is_offline(client, stream):
    with pytest.raises(openai.InternalServerError) as caught:
        ask(client, model="lonely", stream=stream)
    assert (caught.value.status_code, caught.value.code) == (503, "connector_offline")
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 30


@pytest.mark.parametrize("script", ["break_in_stream", "fail_in_stream"])
def test_a_stream_that_breaks_fails(client, house, script):
    words = ""
    house.upstream.may_break.clear()
    with ask(client, "script:" + script, stream=True) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                words += event.delta
                house.upstream.may_break.set()
    assert words == "half an"
    assert (event.type, event.response.status) == ("response.failed", "failed")
    assert event.response.error.code == "server_error"
    assert script == "break_in_stream" or "out of memory" in event.response.error.message


def test_the_stream_helper_has_no_response_then(client, house):
    house.upstream.may_break.clear()
    with client.responses.stream(model="gemma-tunnel", input="script:break_in_stream") as events:
        for event in events:
            if event.type == "response.output_text.delta":
                house.upstream.may_break.set()
        with pytest.raises(RuntimeError):
            events.get_final_response()


def test_leaving_a_stream_stops_the_model(client, house):
    house.upstream.disconnected.clear()
    with ask(client, "script:endless", stream=True) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                break
    client.close()
    assert house.upstream.disconnected.wait(10)


def test_a_read_of_nothing(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.responses.retrieve("resp_nobody")
    assert "resp_nobody" in caught.value.message
