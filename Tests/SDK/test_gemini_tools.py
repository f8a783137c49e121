"""Functions through Google's SDK: declared, called by hand, and called by the SDK itself."""

import json

import pytest
from google.genai import types

DECLARATIONS = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name=name,
            description="A test",
            parameters=types.Schema(
                type="OBJECT", properties={field: types.Schema(type="STRING", nullable=True)}, required=[field]
            ),
        )
        for name, field in (("weather", "city"), ("time", "zone"))
    ]
)
FUNCTIONS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "A test",
            "parameters": {
                "type": "object",
                "properties": {field: {"type": ["string", "null"]}},
                "required": [field],
            },
        },
    }
    for name, field in (("weather", "city"), ("time", "zone"))
]


def ask(client, contents, streamed=False, tools=(DECLARATIONS,), **config):
    wanted = {
        "model": "gemma-tunnel",
        "contents": contents,
        "config": types.GenerateContentConfig(tools=list(tools), **config),
    }
    if not streamed:
        return client.models.generate_content(**wanted)
    return list(client.models.generate_content_stream(**wanted))[-1]


def choice(mode, *names):
    calling = types.FunctionCallingConfig(mode=mode, allowed_function_names=list(names) or None)
    return {"tool_config": types.ToolConfig(function_calling_config=calling)}


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("with_ids", [False, True])
def test_two_turns(gemini, house, streamed, with_ids):
    first = ask(gemini, "How is it?", streamed)
    assert [(call.id, call.name, call.args) for call in first.function_calls] == [
        ("call_1", "weather", {"city": "Bern"}),
        ("call_2", "time", {"zone": "CET"}),
    ]
    assert first.candidates[0].finish_reason == types.FinishReason.STOP
    assert house.upstream.bodies[-1]["tools"] == FUNCTIONS
    results = [
        types.FunctionResponse(id=call.id if with_ids else None, name=call.name, response={"result": word})
        for call, word in reversed(list(zip(first.function_calls, ["sun", "noon"])))
    ]
    contents = [
        types.Content(role="user", parts=[types.Part(text="How is it?")]),
        first.candidates[0].content,
        types.Content(role="user", parts=[types.Part(function_response=result) for result in results]),
    ]
    second = ask(gemini, contents, streamed)
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "tool"]
    calls = [(call["id"], call["function"]["name"]) for call in said[1]["tool_calls"]]
    assert calls == [("call_1", "weather"), ("call_2", "time")]
    assert json.loads(said[1]["tool_calls"][0]["function"]["arguments"]) == {"city": "Bern"}
    # What a function gave comes without the object that Google's API puts around it.
    assert said[2:] == [
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
        {"role": "tool", "tool_call_id": "call_2", "content": "noon"},
    ]
    assert second.candidates[0].finish_reason == types.FinishReason.STOP


@pytest.mark.parametrize("streamed", [False, True])
def test_functions_are_called_by_the_sdk(gemini, house, streamed):
    asked = []

    def weather(city: str) -> str:
        """The weather of a city."""
        asked.append(city)
        return "sun"

    def time(zone: str) -> str:
        """The time in a zone."""
        asked.append(zone)
        return "noon"

    ask(gemini, "How is it?", streamed, tools=[weather, time])
    assert asked == ["Bern", "CET"]
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "tool"]
    assert [message["content"] for message in said[2:]] == ["sun", "noon"]
    declared = house.upstream.bodies[-1]["tools"][0]["function"]
    assert (declared["name"], declared["description"]) == ("weather", "The weather of a city.")
    assert declared["parameters"]["properties"] == {"city": {"type": "string"}}


def test_the_choice_of_functions(gemini, house):
    ask(gemini, "How is it?", **choice("ANY"))
    assert house.upstream.bodies[-1]["tool_choice"] == "required"
    ask(gemini, "How is it?", **choice("ANY", "time"))
    body = house.upstream.bodies[-1]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "time"}}
    assert body["tools"] == FUNCTIONS[1:]
    ask(gemini, "How is it?", **choice("NONE"))
    assert "tools" not in house.upstream.bodies[-1]


def test_a_json_schema_of_parameters(gemini, house):
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False}
    tool = types.Tool(
        function_declarations=[types.FunctionDeclaration(name="weather", parameters_json_schema=schema)]
    )
    ask(gemini, "How is it?", tools=[tool])
    assert house.upstream.bodies[-1]["tools"][0]["function"]["parameters"] == schema


def test_searching_the_web_is_left_out(gemini, house):
    answer = ask(gemini, "How is it?", tools=[types.Tool(google_search=types.GoogleSearch())])
    assert answer.text == "You said: How is it?"
    assert "tools" not in house.upstream.bodies[-1]


@pytest.mark.parametrize("streamed", [False, True])
def test_thoughts_before_calls(gemini, house, streamed):
    config = {"thinking_config": types.ThinkingConfig(include_thoughts=True)}
    wanted = {
        "model": "gemma-tunnel",
        "contents": "script:think",
        "config": types.GenerateContentConfig(tools=[DECLARATIONS], **config),
    }
    if streamed:
        answers = list(gemini.models.generate_content_stream(**wanted))
    else:
        answers = [gemini.models.generate_content(**wanted)]
    parts = [part for answer in answers for part in answer.candidates[0].content.parts]
    assert "".join(part.text for part in parts if part.thought) == "Let me see."
    assert [part.function_call.name for part in parts if part.function_call] == ["weather", "time"]
    # It comes back with the call's signature, which the model server never sees.
    contents = [
        types.Content(role="user", parts=[types.Part(text="script:think")]),
        types.Content(role="model", parts=parts),
        types.Content(
            role="user",
            parts=[
                types.Part.from_function_response(name=name, response={"result": "x"}) for name in ("weather", "time")
            ],
        ),
    ]
    ask(gemini, contents)
    said = house.upstream.bodies[-1]["messages"]
    assert said[1]["reasoning_content"] == "Let me see."
    assert [message.get("tool_call_id") for message in said] == [None, None, "call_1", "call_2"]
    assert "ignature" not in json.dumps(house.upstream.bodies[-1])
