"""Anthropic's asynchronous client, many calls at a time."""

import asyncio

import anthropic
import pytest

ASK = {"model": "gemma-tunnel", "max_tokens": 100}
TOOL = {"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}


def said(text):
    return [{"role": "user", "content": text}]


def test_many_calls_at_a_time(make_async_claude):
    async def one(client, number):
        messages = said(f"call {number}")
        if number % 2:
            answer = await client.messages.create(**ASK, messages=messages)
            return answer.content[0].text
        async with client.messages.stream(**ASK, messages=messages) as stream:
            words = [word async for word in stream.text_stream]
            answer = await stream.get_final_message()
        assert "".join(words) == answer.content[0].text
        return answer.content[0].text.rstrip()

    async def run():
        async with make_async_claude() as client:
            return await asyncio.gather(*(one(client, number) for number in range(30)))

    assert asyncio.run(run()) == [f"You said: call {number}" for number in range(30)]


def test_thinking_and_tools_over_two_turns(make_async_claude, house):
    async def run():
        async with make_async_claude() as client:
            turns = said("script:think")
            async with client.messages.stream(**ASK, messages=turns, tools=[TOOL]) as stream:
                answer = await stream.get_final_message()
            results = [
                {"type": "tool_result", "tool_use_id": block.id, "content": "sun"}
                for block in answer.content
                if block.type == "tool_use"
            ]
            turns += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": results}]
            return answer, await client.messages.create(**ASK, messages=turns, tools=[TOOL])

    first, second = asyncio.run(run())
    assert [block.type for block in first.content] == ["thinking", "tool_use", "tool_use"]
    assert [block.input for block in first.content[1:]] == [{"city": "Bern"}, {"zone": "CET"}]
    assert second.content[-1].text == "You said: sun"
    roles = [message["role"] for message in house.upstream.bodies[-1]["messages"]]
    assert roles == ["user", "assistant", "tool", "tool"]


def test_models_and_counting(make_async_claude):
    async def run():
        async with make_async_claude() as client:
            names = [model.id async for model in client.models.list(limit=1)]
            one = await client.models.retrieve("org/model:7b")
            count = await client.messages.count_tokens(model="gemma-tunnel", messages=said("Hello there"))
            return sorted(names), one.id, count.input_tokens

    names, one, count = asyncio.run(run())
    assert names == ["gemma-tunnel", "lonely", "org/model:7b"]
    assert one == "org/model:7b"
    assert count >= 1


def test_a_cancelled_task_stops_the_model(make_async_claude, house):
    house.upstream.disconnected.clear()

    async def run():
        async with make_async_claude() as client:
            begun = asyncio.Event()

            async def listen():
                async with client.messages.stream(**ASK, messages=said("script:endless")) as stream:
                    async for _ in stream.text_stream:
                        begun.set()

            task = asyncio.create_task(listen())
            async with asyncio.timeout(10):
                await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert house.upstream.disconnected.wait(10)


def test_errors(make_async_claude):
    async def run():
        async with make_async_claude() as client:
            await client.messages.create(**{**ASK, "model": "lonely"}, messages=said("Hello there"))

    with pytest.raises(anthropic.InternalServerError) as caught:
        asyncio.run(run())
    assert caught.value.type == "overloaded_error"


def test_a_stream_that_breaks_raises(make_async_claude, house):
    house.upstream.may_break.clear()

    async def run():
        async with make_async_claude() as client:
            async with client.messages.stream(**ASK, messages=said("script:break_in_stream")) as stream:
                async for _ in stream.text_stream:
                    house.upstream.may_break.set()

    with pytest.raises(anthropic.APIStatusError) as caught:
        asyncio.run(run())
    assert caught.value.type == "api_error"
