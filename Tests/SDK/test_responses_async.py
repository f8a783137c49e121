"""Responses by the asynchronous client, many calls at a time."""

import asyncio

import openai
import pydantic
import pytest

TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}, "strict": False}


class Mountain(pydantic.BaseModel):
    name: str
    metres: int


def test_many_calls_at_a_time(make_async_client):
    async def one(client, number):
        wanted = {"model": "gemma-tunnel", "input": f"call {number}"}
        if number % 2:
            return (await client.responses.create(**wanted)).output_text
        async with client.responses.stream(**wanted) as events:
            answer = await events.get_final_response()
        return answer.output_text.rstrip()

    async def run():
        async with make_async_client() as client:
            return await asyncio.gather(*(one(client, number) for number in range(30)))

    assert asyncio.run(run()) == [f"You said: call {number}" for number in range(30)]


def test_parse(make_async_client):
    async def run():
        async with make_async_client() as client:
            return await client.responses.parse(model="gemma-tunnel", input="How high?", text_format=Mountain)

    assert asyncio.run(run()).output_parsed == Mountain(name="Matterhorn", metres=4478)


def test_tools_and_what_is_kept(make_async_client, house):
    async def run():
        async with make_async_client() as client:
            wanted = {"model": "gemma-tunnel", "tools": [TOOL]}
            async with client.responses.stream(**wanted, input="script:think") as events:
                first = await events.get_final_response()
            results = [
                {"type": "function_call_output", "call_id": item.call_id, "output": "sun"}
                for item in first.output
                if item.type == "function_call"
            ]
            second = await client.responses.create(**wanted, input=results, previous_response_id=first.id)
            again = await client.responses.retrieve(second.id)
            await client.responses.delete(second.id)
            with pytest.raises(openai.NotFoundError):
                await client.responses.retrieve(second.id)
            return first, second, again

    first, second, again = asyncio.run(run())
    assert [item.type for item in first.output] == ["reasoning", "function_call", "function_call"]
    assert second.output_text == again.output_text == "You said: sun"
    roles = [message["role"] for message in house.upstream.bodies[-1]["messages"]]
    assert roles == ["user", "assistant", "tool", "tool"]


def test_errors(make_async_client):
    async def run():
        async with make_async_client() as client:
            await client.with_options(max_retries=0).responses.create(model="lonely", input="Hello there")

    with pytest.raises(openai.InternalServerError) as caught:
        asyncio.run(run())
    assert caught.value.code == "connector_offline"


def test_a_cancelled_task_stops_the_model(make_async_client, house):
    house.upstream.disconnected.clear()

    async def run():
        async with make_async_client() as client:
            begun = asyncio.Event()

            async def listen():
                async with client.responses.stream(model="gemma-tunnel", input="script:endless") as events:
                    async for event in events:
                        if event.type == "response.output_text.delta":
                            begun.set()

            task = asyncio.create_task(listen())
            async with asyncio.timeout(10):
                await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert house.upstream.disconnected.wait(10)
