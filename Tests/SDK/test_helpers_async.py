"""What the asynchronous SDKs gather by themselves: parsed answers, final messages, tools that they call."""

import asyncio

import pydantic
import pytest
from anthropic import beta_async_tool
from google.genai import types

HELLO = [{"role": "user", "content": "Hello there"}]
IMAGE = "data:image/png;base64,iVBORw0KGgo="


class Mountain(pydantic.BaseModel):
    name: str
    metres: int


MATTERHORN = Mountain(name="Matterhorn", metres=4478)


def test_chat_is_parsed(make_async_client):
    async def run():
        async with make_async_client() as client:
            ask = {"model": "gemma-tunnel", "messages": HELLO, "response_format": Mountain}
            whole = await client.chat.completions.parse(**ask)
            async with client.chat.completions.stream(**ask) as stream:
                return whole, await stream.get_final_completion()

    for answer in asyncio.run(run()):
        assert answer.choices[0].message.parsed == MATTERHORN


def test_responses_are_parsed_while_streaming(make_async_client):
    async def run():
        async with make_async_client() as client:
            async with client.responses.stream(model="gemma-tunnel", input="Hi", text_format=Mountain) as stream:
                return await stream.get_final_response()

    assert asyncio.run(run()).output_parsed == MATTERHORN


def test_messages_are_parsed(make_async_claude):
    async def run():
        async with make_async_claude() as client:
            ask = {"model": "gemma-tunnel", "max_tokens": 9, "messages": HELLO, "output_format": Mountain}
            whole = await client.messages.parse(**ask)
            async with client.messages.stream(**ask) as stream:
                return whole, await stream.get_final_message()

    for answer in asyncio.run(run()):
        assert answer.parsed_output == MATTERHORN


def test_gemini_is_parsed(make_gemini):
    async def run():
        config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=Mountain)
        async with make_gemini().aio as client:
            return await client.models.generate_content(model="gemma-tunnel", contents="Hi", config=config)

    assert asyncio.run(run()).parsed == MATTERHORN


def test_the_text_of_a_stream_of_messages(make_async_claude):
    async def run():
        async with make_async_claude() as client:
            async with client.messages.stream(model="gemma-tunnel", max_tokens=9, messages=HELLO) as stream:
                words = [word async for word in stream.text_stream]
                return words, await stream.get_final_text()

    words, text = asyncio.run(run())
    assert "".join(words) == text == "You said: Hello there "


@pytest.mark.parametrize("stream", [False, True])
def test_the_runner_of_tools(make_async_claude, stream):
    asked = []

    @beta_async_tool
    async def weather(city: str) -> str:
        """The weather.

        Args:
            city: Where.
        """
        asked.append(city)
        return "sun"

    @beta_async_tool
    async def time(zone: str) -> str:
        """The time.

        Args:
            zone: Where.
        """
        asked.append(zone)
        return "noon"

    async def run():
        async with make_async_claude() as client:
            return await client.beta.messages.tool_runner(
                model="gemma-tunnel",
                max_tokens=100,
                tools=[weather, time],
                messages=[{"role": "user", "content": "How is it?"}],
                stream=stream,
            ).until_done()

    assert asyncio.run(run()).content[0].text.rstrip() == "You said: noon"
    assert asked == ["Bern", "CET"]


def test_images(make_async_client, make_async_claude, make_gemini, house):
    """The same image in each dialect reaches the model server in Chat's words."""

    async def run():
        async with make_async_client() as client:
            part = {"type": "image_url", "image_url": {"url": IMAGE}}
            await client.chat.completions.create(
                model="gemma-tunnel", messages=[{"role": "user", "content": [part]}]
            )
            part = {"type": "input_image", "image_url": IMAGE, "detail": "auto"}
            await client.responses.create(model="gemma-tunnel", input=[{"role": "user", "content": [part]}])
        async with make_async_claude() as client:
            source = {"type": "base64", "media_type": "image/png", "data": IMAGE.split(",")[1]}
            content = [{"type": "image", "source": source}]
            await client.messages.create(
                model="gemma-tunnel", max_tokens=9, messages=[{"role": "user", "content": content}]
            )
        async with make_gemini().aio as client:
            part = types.Part.from_bytes(data=b"\x89PNG\r\n\x1a\n", mime_type="image/png")
            await client.models.generate_content(model="gemma-tunnel", contents=[part])

    before = len(house.upstream.bodies)
    asyncio.run(run())
    bodies = house.upstream.bodies[before:]
    assert len(bodies) == 4
    for body in bodies:
        content = body["messages"][-1]["content"]
        assert [(part["type"], part["image_url"]["url"]) for part in content] == [("image_url", IMAGE)]


def test_chat_with_tools_over_two_turns(make_async_client, house):
    tools = [
        {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}
        for name in ("weather", "time")
    ]

    async def run():
        async with make_async_client() as client:
            turns = [{"role": "user", "content": "How is it?"}]
            ask = {"model": "gemma-tunnel", "messages": turns, "tools": tools}
            async with client.chat.completions.stream(**ask) as stream:
                message = (await stream.get_final_completion()).choices[0].message
            turns.append(message.model_dump(exclude_none=True, exclude={"parsed"}))
            turns += [{"role": "tool", "tool_call_id": call.id, "content": "sun"} for call in message.tool_calls]
            return await client.chat.completions.create(model="gemma-tunnel", messages=turns)

    assert asyncio.run(run()).choices[0].message.content == "You said: sun"
    said = house.upstream.bodies[-1]["messages"]
    assert [message["role"] for message in said] == ["user", "assistant", "tool", "tool"]
