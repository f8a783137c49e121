"""The asynchronous client, many calls at a time."""

import asyncio

import openai
import pytest

HELLO = [{"role": "user", "content": "Hello there"}]


def test_many_calls_at_a_time(make_async_client):
    async def one(client, number):
        messages = [{"role": "user", "content": f"call {number}"}]
        if number % 2:
            answer = await client.chat.completions.create(model="gemma-tunnel", messages=messages)
            return answer.choices[0].message.content
        words = ""
        async with await client.chat.completions.create(
            model="gemma-tunnel", messages=messages, stream=True
        ) as stream:
            async for chunk in stream:
                words += chunk.choices[0].delta.content or ""
        return words.rstrip()

    async def run():
        async with make_async_client() as client:
            return await asyncio.gather(*(one(client, number) for number in range(30)))

    assert asyncio.run(run()) == [f"You said: call {number}" for number in range(30)]


def test_the_stream_helper(make_async_client):
    async def run():
        async with make_async_client() as client:
            async with client.chat.completions.stream(model="gemma-tunnel", messages=HELLO) as stream:
                async for _ in stream:
                    pass
                return await stream.get_final_completion()

    assert asyncio.run(run()).choices[0].message.content == "You said: Hello there "


def test_a_cancelled_task_stops_the_model(make_async_client, house):
    house.upstream.disconnected.clear()

    async def run():
        async with make_async_client() as client:
            begun = asyncio.Event()

            async def listen():
                stream = await client.chat.completions.create(
                    model="gemma-tunnel", messages=HELLO, stream=True, extra_body={"script": "endless"}
                )
                async with stream:
                    async for _ in stream:
                        begun.set()

            task = asyncio.create_task(listen())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert house.upstream.disconnected.wait(10)


def test_errors(make_async_client):
    async def run():
        async with make_async_client() as client:
            await client.with_options(max_retries=0).chat.completions.create(model="lonely", messages=HELLO)

    with pytest.raises(openai.InternalServerError) as caught:
        asyncio.run(run())
    assert caught.value.code == "connector_offline"
