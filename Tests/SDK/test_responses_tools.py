"""Function tools through Responses, over two turns."""

import json

import openai
import pytest

PARAMETERS = {"type": "object", "properties": {}, "additionalProperties": False}
TOOLS = [
    {"type": "function", "name": name, "description": "A test", "parameters": PARAMETERS, "strict": True}
    for name in ("weather", "time")
]
FUNCTIONS = [
    {
        "type": "function",
        "function": {"name": name, "description": "A test", "parameters": PARAMETERS, "strict": True},
    }
    for name in ("weather", "time")
]
RESULTS = [
    {"type": "function_call_output", "call_id": "call_2", "output": "noon"},
    {"type": "function_call_output", "call_id": "call_1", "output": "sun"},
]


def ask(client, streamed, **more):
    wanted = {"model": "gemma-tunnel", "tools": TOOLS, **more}
    if not streamed:
        return client.responses.create(**wanted)
    with client.responses.stream(**wanted) as events:
        return events.get_final_response()


def check_second_turn(house):
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "tool"]
    assert said[0]["content"] == "How is it?"
    calls = [(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in said[1]["tool_calls"]]
    assert calls == [("call_1", "weather", '{"city":"Bern"}'), ("call_2", "time", '{"zone":"CET"}')]
    assert said[2:] == [
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
        {"role": "tool", "tool_call_id": "call_2", "content": "noon"},
    ]


@pytest.mark.parametrize("streamed", [False, True])
def test_two_turns_by_the_id(client, house, streamed):
    first = ask(client, streamed, input="How is it?")
    assert [item.type for item in first.output] == ["function_call"] * 2
    calls = [(item.call_id, item.name, json.loads(item.arguments)) for item in first.output]
    assert calls == [("call_1", "weather", {"city": "Bern"}), ("call_2", "time", {"zone": "CET"})]
    assert house.upstream.bodies[-1]["tools"] == FUNCTIONS
    second = ask(client, streamed, input=RESULTS, previous_response_id=first.id)
    assert second.output_text.rstrip() == "You said: noon"
    assert second.previous_response_id == first.id
    check_second_turn(house)


@pytest.mark.parametrize("streamed", [False, True])
def test_two_turns_with_everything_again(client, house, streamed):
    turns = [{"role": "user", "content": "How is it?"}]
    first = ask(client, streamed, input=turns, store=False)
    turns += [item.model_dump(exclude={"parsed_arguments"}, exclude_none=True) for item in first.output]
    second = ask(client, streamed, input=[*turns, *RESULTS], store=False)
    assert second.output_text.rstrip() == "You said: noon"
    check_second_turn(house)


def test_the_events_of_calls(client):
    with client.responses.stream(model="gemma-tunnel", input="How is it?", tools=TOOLS) as events:
        seen = list(events)
    deltas = [event for event in seen if event.type == "response.function_call_arguments.delta"]
    assert "".join(event.delta for event in deltas if event.output_index == 1) == '{"zone":"CET"}'
    done = [event for event in seen if event.type == "response.function_call_arguments.done"]
    assert [(event.name, event.arguments) for event in done] == [
        ("weather", '{"city":"Bern"}'),
        ("time", '{"zone":"CET"}'),
    ]


def test_reasoning_before_tools_goes_back(client, house):
    first = ask(client, True, input="script:think")
    assert [item.type for item in first.output] == ["reasoning", "function_call", "function_call"]
    ask(client, True, input=RESULTS, previous_response_id=first.id)
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "tool"]
    assert said[1]["reasoning_content"] == "Let me see."


def test_the_choice_of_tools(client, house):
    ask(client, False, input="How is it?", tool_choice="required", parallel_tool_calls=False)
    assert house.upstream.bodies[-1]["tool_choice"] == "required"
    assert house.upstream.bodies[-1]["parallel_tool_calls"] is False
    ask(client, False, input="How is it?", tool_choice={"type": "function", "name": "time"})
    assert house.upstream.bodies[-1]["tools"] == FUNCTIONS[1:]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_custom_tool(client, house, streamed):
    tool = {"type": "custom", "name": "weather", "description": "Free text"}
    answer = ask(client, streamed, input="How is it?", tools=[tool])
    assert answer.output[0].type == "custom_tool_call"
    assert (answer.output[0].call_id, answer.output[0].name) == ("call_1", "weather")
    function = house.upstream.bodies[-1]["tools"][0]["function"]
    assert function["parameters"]["properties"] == {"input": {"type": "string"}}


def test_a_result_without_a_call(client):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, False, input=RESULTS)
    assert "call_2" in caught.value.message


def test_a_call_without_a_result(client):
    first = ask(client, False, input="How is it?")
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, False, input="Go on.", previous_response_id=first.id)
    assert "call_1" in caught.value.message
