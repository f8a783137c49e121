"""OpenAI's Responses through its SDK, from a model that only knows Chat."""

import openai
import pytest

TOOLS = [
    {"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}, "strict": False}
    for name in ("weather", "time")
]


def test_response(client):
    response = client.responses.create(model="gemma-tunnel", input="Hello there")
    assert response.output_text == "You said: Hello there"
    assert response.status == "completed"
    assert response.usage.total_tokens == 12
    assert client.responses.retrieve(response.id) == response


def test_streamed_response(client):
    with client.responses.stream(model="gemma-tunnel", input="Hello there") as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        response = stream.get_final_response()
    assert text.strip() == "You said: Hello there"
    assert response.output_text == text


def test_a_chain(client, house):
    first = client.responses.create(model="gemma-tunnel", input="Hello there")
    second = client.responses.create(model="gemma-tunnel", input="And now?", previous_response_id=first.id)
    said = [turn["content"] for turn in house.upstream.bodies[-1]["messages"]]
    assert said == ["Hello there", "You said: Hello there", "And now?"]
    assert len(client.responses.input_items.list(second.id).data) == 3
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)
    with pytest.raises(openai.BadRequestError) as error:
        client.responses.create(model="gemma-tunnel", input="Still?", previous_response_id=second.id)
    assert error.value.code == "previous_response_not_found"


def test_tools_over_two_turns(client):
    with client.responses.stream(model="gemma-tunnel", input="Hello", tools=TOOLS) as stream:
        response = stream.get_final_response()
    calls = [item for item in response.output if item.type == "function_call"]
    assert [(call.name, call.arguments) for call in calls] == [
        ("weather", '{"city":"Bern"}'),
        ("time", '{"zone":"CET"}'),
    ]
    results = [{"type": "function_call_output", "call_id": call.call_id, "output": "fine"} for call in calls]
    again = client.responses.create(model="gemma-tunnel", input=results, previous_response_id=response.id)
    assert again.output_text == "You said: fine"


def test_errors_and_counts(client):
    with pytest.raises(openai.NotFoundError):
        client.responses.create(model="nobody", input="x")
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model="gemma-tunnel", input="x", background=True)
    assert client.responses.input_tokens.count(model="gemma-tunnel", input="Hello there").input_tokens > 1
