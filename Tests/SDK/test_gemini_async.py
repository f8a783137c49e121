"""Google's asynchronous client, many calls at a time."""

import asyncio

import pytest
from google.genai import errors, types


def run(make_gemini, work):
    """Runs a coroutine with a client that is made and closed inside its event loop."""

    async def inside():
        async with make_gemini().aio as client:
            return await work(client)

    return asyncio.run(inside())


async def streamed(client, contents, **config):
    stream = await client.models.generate_content_stream(
        model="gemma-tunnel", contents=contents, config=types.GenerateContentConfig(**config)
    )
    return [chunk async for chunk in stream]


def test_many_calls_at_a_time(make_gemini):
    async def one(client, number):
        if number % 2:
            return (await client.models.generate_content(model="gemma-tunnel", contents=f"call {number}")).text
        return "".join(chunk.text for chunk in await streamed(client, f"call {number}")).rstrip()

    async def work(client):
        return await asyncio.gather(*(one(client, number) for number in range(30)))

    assert run(make_gemini, work) == [f"You said: call {number}" for number in range(30)]


def test_a_chat_with_functions(make_gemini, house):
    async def weather(city: str) -> str:
        """The weather of a city."""
        return "sun in " + city

    def time(zone: str) -> str:
        """The time in a zone."""
        return "noon in " + zone

    async def work(client):
        chat = client.chats.create(
            model="gemma-tunnel", config=types.GenerateContentConfig(tools=[weather, time])
        )
        first = await chat.send_message("How is it?")
        words = [chunk.text or "" async for chunk in await chat.send_message_stream("Again?")]
        return first.text, "".join(words)

    first, second = run(make_gemini, work)
    assert "noon in CET" in first
    assert "noon in CET" in second
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "tool", "assistant"] + [
        "user",
        "assistant",
        "tool",
        "tool",
    ]


def test_models_counting_and_embeddings(make_gemini):
    async def work(client):
        names = [model.name async for model in await client.models.list(config={"page_size": 1})]
        one = await client.models.get(model="org/model:7b")
        count = await client.models.count_tokens(model="gemma-tunnel", contents="Hello there")
        vectors = await client.models.embed_content(model="gemma-tunnel", contents="a")
        return names, one.name, count.total_tokens, vectors.embeddings[0].values

    names, one, count, vector = run(make_gemini, work)
    assert sorted(names) == ["models/gemma-tunnel", "models/lonely", "models/org/model:7b"]
    assert one == "models/org/model:7b"
    assert count >= 1
    assert vector == [1.0, -0.5, 0.25]


def test_thoughts(make_gemini):
    async def work(client):
        config = types.ThinkingConfig(include_thoughts=True)
        return await streamed(client, "script:think", thinking_config=config)

    chunks = run(make_gemini, work)
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
    assert "".join(part.text for part in parts if part.thought) == "Let me see."


def test_a_cancelled_task_stops_the_model(make_gemini, house):
    house.upstream.disconnected.clear()

    async def work(client):
        begun = asyncio.Event()

        async def listen():
            stream = await client.models.generate_content_stream(model="gemma-tunnel", contents="script:endless")
            async for _ in stream:
                begun.set()

        task = asyncio.create_task(listen())
        async with asyncio.timeout(10):
            await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(make_gemini, work)
    assert house.upstream.disconnected.wait(10)


def test_errors(make_gemini):
    async def work(client):
        await client.models.generate_content(model="lonely", contents="Hello there")

    with pytest.raises(errors.ServerError) as caught:
        run(make_gemini, work)
    assert (caught.value.code, caught.value.status) == (503, "UNAVAILABLE")


def test_a_stream_that_breaks_raises(make_gemini, house):
    house.upstream.may_break.set()

    async def work(client):
        await streamed(client, "script:fail_in_stream")

    with pytest.raises(errors.ServerError) as caught:
        run(make_gemini, work)
    assert "out of memory" in caught.value.message
