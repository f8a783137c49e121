"""Anthropic's SDK, from a model that only knows Chat."""

import anthropic
import pytest

HELLO = [{"role": "user", "content": "Hello there"}]
TOOLS = [
    {"name": name, "description": "A test", "input_schema": {"type": "object", "properties": {}}}
    for name in ("weather", "time")
]


@pytest.fixture
def claude(house):
    http = anthropic.DefaultHttpxClient(verify=house.trust)
    with anthropic.Anthropic(base_url=house.relay.url, api_key=house.key, http_client=http, timeout=30) as client:
        yield client


def test_message(claude):
    message = claude.messages.create(model="gemma-tunnel", max_tokens=64, messages=HELLO)
    assert message.content[0].text == "You said: Hello there"
    assert message.stop_reason == "end_turn"
    assert message.model == "gemma-tunnel"
    assert message.usage.output_tokens == 7
    assert message._request_id.startswith("req_")


def test_streamed_message(claude):
    with claude.messages.stream(model="gemma-tunnel", max_tokens=64, messages=HELLO) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert text.strip() == "You said: Hello there"
    assert message.content[0].text == text
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens == 7


def test_tools_over_two_turns(claude, house):
    with claude.messages.stream(model="gemma-tunnel", max_tokens=64, messages=HELLO, tools=TOOLS) as stream:
        message = stream.get_final_message()
    assert message.stop_reason == "tool_use"
    calls = [block for block in message.content if block.type == "tool_use"]
    assert [(call.name, call.input) for call in calls] == [("weather", {"city": "Bern"}), ("time", {"zone": "CET"})]
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "fine"} for call in calls]
    turns = [*HELLO, {"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
    again = claude.messages.create(model="gemma-tunnel", max_tokens=64, messages=turns)
    assert again.content[0].text == "You said: fine"
    assert [turn["role"] for turn in house.upstream.bodies[-1]["messages"]] == ["user", "assistant", "tool", "tool"]


def test_errors(claude):
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.create(model="nobody", max_tokens=64, messages=HELLO)
    with pytest.raises(anthropic.AuthenticationError) as error:
        claude.with_options(api_key="sk-adit-wrong").messages.create(model="x", max_tokens=1, messages=HELLO)
    assert error.value.body["error"]["type"] == "authentication_error"
    with pytest.raises(anthropic.APIStatusError) as error:
        claude.with_options(max_retries=0).messages.create(model="lonely", max_tokens=1, messages=HELLO)
    assert error.value.status_code == 503


def test_models_and_counts(claude):
    assert "gemma-tunnel" in [model.id for model in claude.models.list()]
    assert claude.models.retrieve("org/model:7b").display_name == "org/model:7b"
    assert claude.messages.count_tokens(model="gemma-tunnel", messages=HELLO).input_tokens > 1
