"""Responses that are made in the background: begun, asked for, cancelled."""

import asyncio
import time

import openai
import pytest

PENDING = ("queued", "in_progress")


def begin(client, text="Hello there", **more):
    return client.responses.create(model="gemma-tunnel", input=text, background=True, **more)


def ended(client, response):
    """Asks until the response has ended, as OpenAI's own examples do."""
    deadline = time.monotonic() + 60
    while response.status in PENDING:
        assert time.monotonic() < deadline, "the response never ends"
        time.sleep(0.05)
        response = client.responses.retrieve(response.id)
    return response


def test_polling(client, house):
    begun = begin(client, instructions="Be brief.", metadata={"topic": "mines"})
    assert begun.status in PENDING
    assert (begun.background, begun.output, begun.metadata) == (True, [], {"topic": "mines"})
    answer = ended(client, begun)
    assert (answer.id, answer.status, answer.background) == (begun.id, "completed", True)
    assert answer.output_text.rstrip() == "You said: Hello there"
    assert answer.usage.total_tokens == 12
    more = client.responses.create(model="gemma-tunnel", input="And now?", previous_response_id=answer.id)
    assert more.status == "completed"
    assert [message["role"] for message in house.upstream.bodies[-1]["messages"]] == ["user", "assistant", "user"]


def test_cancelling(client, house):
    house.upstream.disconnected.clear()
    begun = begin(client, "script:endless")
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="gemma-tunnel", input="x", previous_response_id=begun.id)
    assert "in progress" in caught.value.message
    cancelled = client.responses.cancel(begun.id)
    assert (cancelled.id, cancelled.status, cancelled.error) == (begun.id, "cancelled", None)
    assert house.upstream.disconnected.wait(30), "the model server was not told"
    assert client.responses.retrieve(begun.id).status == "cancelled"
    assert client.responses.cancel(begun.id).status == "cancelled"


def test_cancelling_what_is_over(client):
    answer = ended(client, begin(client))
    assert client.responses.cancel(answer.id).status == "completed"


def test_deleting(client, house):
    house.upstream.disconnected.clear()
    begun = begin(client, "script:endless")
    client.responses.delete(begun.id)
    assert house.upstream.disconnected.wait(30), "the model server was not told"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(begun.id)


@pytest.mark.parametrize(
    ("script", "code"),
    [("broken", "server_error"), ("busy", "rate_limit_exceeded"), ("refuse", "context_length_exceeded")],
)
def test_failing(client, script, code):
    answer = ended(client, begin(client, f"script:{script}"))
    assert (answer.status, answer.error.code) == ("failed", code)
    assert answer.error.message


def test_what_is_cut(client):
    answer = ended(client, begin(client, "script:cut"))
    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")


def test_a_tool(client, house):
    tool = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}, "strict": False}
    first = ended(client, begin(client, "Weather?", tools=[tool]))
    calls = [item for item in first.output if item.type == "function_call"]
    assert calls[0].name == "weather"
    outputs = [{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"} for call in calls]
    second = ended(client, begin(client, outputs, previous_response_id=first.id, tools=[tool]))
    assert second.output_text.rstrip() == "You said: sunny"


def test_many_at_a_time(make_async_client):
    async def one(client, number):
        response = await client.responses.create(model="gemma-tunnel", input=f"call {number}", background=True)
        while response.status in PENDING:
            await asyncio.sleep(0.05)
            response = await client.responses.retrieve(response.id)
        return response.output_text.rstrip()

    async def run():
        async with make_async_client() as client:
            return await asyncio.gather(*(one(client, number) for number in range(12)))

    assert asyncio.run(run()) == [f"You said: call {number}" for number in range(12)]
