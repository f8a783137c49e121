"""Tools through Anthropic's SDK, over two turns."""

import pytest
from anthropic import beta_tool

TOOLS = [
    {
        "name": name,
        "description": "A test",
        "input_schema": {"type": "object", "properties": {field: {"type": "string"}}, "required": [field]},
    }
    for name, field in (("weather", "city"), ("time", "zone"))
]
FUNCTIONS = [
    {
        "type": "function",
        "function": {"name": tool["name"], "description": "A test", "parameters": tool["input_schema"]},
    }
    for tool in TOOLS
]
CALLS = [("call_1", "weather", {"city": "Bern"}), ("call_2", "time", {"zone": "CET"})]


def ask(client, stream=False, **more):
    wanted = {
        "model": "gemma-tunnel",
        "max_tokens": 100,
        "tools": TOOLS,
        "messages": [{"role": "user", "content": "How is it?"}],
        **more,
    }
    if not stream:
        return client.messages.create(**wanted)
    with client.messages.stream(**wanted) as events:
        return events.get_final_message()


@pytest.mark.parametrize("stream", [False, True])
def test_two_turns(claude, house, stream):
    answer = ask(claude, stream)
    assert answer.stop_reason == "tool_use"
    assert [block.type for block in answer.content] == ["tool_use"] * 2
    assert [(block.id, block.name, block.input) for block in answer.content] == CALLS
    assert house.upstream.bodies[-1]["tools"] == FUNCTIONS
    results = [
        {"type": "tool_result", "tool_use_id": "call_2", "content": [{"type": "text", "text": "noon"}]},
        {"type": "tool_result", "tool_use_id": "call_1", "content": "no such city", "is_error": True},
        {"type": "text", "text": "Go on."},
    ]
    turns = [
        {"role": "user", "content": "How is it?"},
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": results},
    ]
    # Chat has the results in the order of the calls, before what the user says.
    ask(claude, stream, messages=turns, tool_choice={"type": "none"})
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "tool", "user"]
    assert [(call["id"], call["function"]["name"]) for call in said[1]["tool_calls"]] == [
        ("call_1", "weather"),
        ("call_2", "time"),
    ]
    assert said[2:] == [
        {"role": "tool", "tool_call_id": "call_1", "content": "Error: no such city"},
        {"role": "tool", "tool_call_id": "call_2", "content": "noon"},
        {"role": "user", "content": "Go on."},
    ]
    assert "tools" not in house.upstream.bodies[-1]


def test_the_fragments_of_a_call(claude):
    with claude.messages.stream(
        model="gemma-tunnel", max_tokens=100, tools=TOOLS, messages=[{"role": "user", "content": "How is it?"}]
    ) as events:
        inputs = [event.snapshot for event in events if event.type == "input_json"]
    assert inputs[-1] == {"zone": "CET"}


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_before_tools(claude, stream, house):
    turns = [{"role": "user", "content": "script:think"}]
    answer = ask(claude, stream, messages=turns)
    assert [block.type for block in answer.content] == ["thinking", "tool_use", "tool_use"]
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": "sun"}
        for block in answer.content
        if block.type == "tool_use"
    ]
    turns += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": results}]
    answer = ask(claude, stream, messages=turns)
    assert answer.content[-1].text.rstrip() == "You said: sun"
    assert house.upstream.bodies[-1]["messages"][1]["reasoning_content"] == "Let me see."


def test_the_choice_of_tools(claude, house):
    ask(claude, tool_choice={"type": "any"})
    assert house.upstream.bodies[-1]["tool_choice"] == "required"
    ask(claude, tool_choice={"type": "tool", "name": "time"})
    body = house.upstream.bodies[-1]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "time"}}
    assert body["tools"] == FUNCTIONS[1:]


@pytest.mark.parametrize("stream", [False, True])
def test_one_call_at_a_time(claude, house, stream):
    answer = ask(claude, stream, tool_choice={"type": "auto", "disable_parallel_tool_use": True})
    assert [block.name for block in answer.content] == ["weather"]
    assert house.upstream.bodies[-1]["parallel_tool_calls"] is False


def test_an_image_that_a_tool_found(claude, house):
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
    turns = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "call_9", "name": "weather", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_9", "content": [image]}]},
    ]
    ask(claude, messages=turns, tool_choice={"type": "none"})
    assert house.upstream.bodies[-1]["messages"][2:] == [
        {"role": "tool", "tool_call_id": "call_9", "content": "[image attached below]"},
        {
            "role": "user",
            "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}],
        },
    ]


@pytest.mark.parametrize("stream", [False, True])
def test_the_runner_of_tools(claude, stream):
    asked = []

    @beta_tool
    def weather(city: str) -> str:
        """The weather.

        Args:
            city: Where.
        """
        asked.append(city)
        return "sun"

    @beta_tool
    def time(zone: str) -> str:
        """The time.

        Args:
            zone: Where.
        """
        asked.append(zone)
        return "noon"

    runner = claude.beta.messages.tool_runner(
        model="gemma-tunnel",
        max_tokens=100,
        tools=[weather, time],
        messages=[{"role": "user", "content": "How is it?"}],
        stream=stream,
    )
    answer = runner.until_done()
    assert asked == ["Bern", "CET"]
    assert answer.content[0].text.rstrip() == "You said: noon"
