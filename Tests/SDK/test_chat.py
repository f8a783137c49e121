"""Chat, whole and streamed, with tools and with schemas."""

import json
import re

import pydantic
import pytest

HELLO = [{"role": "user", "content": "Hello there"}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "A test",
            "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
            "strict": True,
        },
    }
    for name in ("weather", "time")
]


class Mountain(pydantic.BaseModel):
    name: str
    metres: int


def test_chat(client):
    answer = client.chat.completions.create(model="gemma-tunnel", messages=HELLO)
    assert answer.choices[0].message.content == "You said: Hello there"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "gemma-tunnel"
    assert answer.usage.total_tokens == 12
    assert re.fullmatch("req_[0-9a-f]{24}", answer._request_id)


def test_unknown_fields_pass_both_ways(client, house):
    answer = client.chat.completions.create(
        model="gemma-tunnel", messages=HELLO, extra_body={"top_k": 40, "chat_template_kwargs": {"x": [1, None]}}
    )
    assert answer.model_extra["timings"] == {"predicted_per_second": 12.5}
    assert house.upstream.bodies[-1]["top_k"] == 40
    assert house.upstream.bodies[-1]["chat_template_kwargs"] == {"x": [1, None]}
    assert house.upstream.bodies[-1]["model"] == "scripted"


@pytest.mark.parametrize("name", ["gemma-tunnel", "org/model:7b"])
def test_streamed_chat(client, name):
    with client.chat.completions.create(model=name, messages=HELLO, stream=True) as stream:
        chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "You said: Hello there "
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert {chunk.model for chunk in chunks} == {name}
    assert all(chunk.usage is None for chunk in chunks)


def test_streamed_usage(client):
    options = {"include_usage": True}
    with client.chat.completions.create(
        model="gemma-tunnel", messages=HELLO, stream=True, stream_options=options
    ) as stream:
        chunks = list(stream)
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 12


def test_the_stream_helper(client):
    with client.chat.completions.stream(model="gemma-tunnel", messages=HELLO) as stream:
        words = [event.delta for event in stream if event.type == "content.delta"]
        whole = stream.get_final_completion()
    assert "".join(words) == "You said: Hello there "
    assert whole.choices[0].message.content == "You said: Hello there "
    assert whole.choices[0].finish_reason == "stop"


def test_parse(client):
    answer = client.chat.completions.parse(model="gemma-tunnel", messages=HELLO, response_format=Mountain)
    assert answer.choices[0].message.parsed == Mountain(name="Matterhorn", metres=4478)


def test_parse_while_streaming(client):
    with client.chat.completions.stream(model="gemma-tunnel", messages=HELLO, response_format=Mountain) as stream:
        for _ in stream:
            pass
        assert stream.get_final_completion().choices[0].message.parsed == Mountain(name="Matterhorn", metres=4478)


def test_tools(client):
    answer = client.chat.completions.create(model="gemma-tunnel", messages=HELLO, tools=TOOLS)
    calls = answer.choices[0].message.tool_calls
    assert answer.choices[0].finish_reason == "tool_calls"
    assert [(call.id, call.function.name) for call in calls] == [("call_1", "weather"), ("call_2", "time")]
    assert json.loads(calls[0].function.arguments) == {"city": "Bern"}


def test_streamed_tools(client):
    texts = {}
    with client.chat.completions.create(
        model="gemma-tunnel", messages=HELLO, tools=TOOLS, stream=True
    ) as stream:
        for chunk in stream:
            for call in chunk.choices[0].delta.tool_calls or []:
                texts[call.index] = texts.get(call.index, "") + (call.function.arguments or "")
    assert [json.loads(texts[index]) for index in (0, 1)] == [{"city": "Bern"}, {"zone": "CET"}]


def test_tools_by_the_stream_helper(client):
    with client.chat.completions.stream(model="gemma-tunnel", messages=HELLO, tools=TOOLS) as stream:
        done = [event.name for event in stream if event.type == "tool_calls.function.arguments.done"]
        message = stream.get_final_completion().choices[0].message
    assert done == ["weather", "time"]
    assert json.loads(message.tool_calls[1].function.arguments) == {"zone": "CET"}


def test_a_tool_answer_goes_back(client, house):
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    messages = [
        *HELLO,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
    ]
    answer = client.chat.completions.create(model="gemma-tunnel", messages=messages)
    assert answer.choices[0].message.content == "You said: sun"
    assert house.upstream.bodies[-1]["messages"] == messages


def test_completions(client):
    answer = client.completions.create(model="gemma-tunnel", prompt="Once")
    assert answer.choices[0].text == " upon a time"
    with client.completions.create(model="gemma-tunnel", prompt="Once", stream=True) as stream:
        assert "".join(chunk.choices[0].text for chunk in stream) == " upon a time"
