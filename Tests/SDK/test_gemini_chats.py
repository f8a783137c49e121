"""Google's chats, with history over two turns, streamed or not."""

import pytest
from google.genai import types


def send(chat, message, streamed):
    if not streamed:
        return chat.send_message(message).text
    return "".join(chunk.text or "" for chunk in chat.send_message_stream(message))


@pytest.mark.parametrize("streamed", [False, True])
def test_two_turns(gemini, house, streamed):
    chat = gemini.chats.create(
        model="gemma-tunnel", config=types.GenerateContentConfig(system_instruction="Be brief.")
    )
    assert send(chat, "One", streamed).rstrip() == "You said: One"
    assert send(chat, "Two", streamed).rstrip() == "You said: Two"
    said = house.upstream.bodies[-1]["messages"]
    assert [(message["role"], message["content"].rstrip()) for message in said] == [
        ("system", "Be brief."),
        ("user", "One"),
        ("assistant", "You said: One"),
        ("user", "Two"),
    ]
    history = chat.get_history(curated=True)
    assert [content.role for content in history][:2] == ["user", "model"]
    assert history[-1].role == "model"


def test_a_history_from_elsewhere(gemini, house):
    history = [
        types.Content(role="user", parts=[types.Part(text="One")]),
        types.Content(role="model", parts=[types.Part(text="hm", thought=True), types.Part(text="Two")]),
    ]
    chat = gemini.chats.create(model="gemma-tunnel", history=history)
    assert send(chat, "Three", False) == "You said: Three"
    said = house.upstream.bodies[-1]["messages"]
    assert [(message["role"], message["content"]) for message in said] == [
        ("user", "One"),
        ("assistant", "Two"),
        ("user", "Three"),
    ]
    assert said[1]["reasoning_content"] == "hm"


@pytest.mark.parametrize("streamed", [False, True])
def test_functions_are_called_by_themselves(gemini, house, streamed):
    asked = []

    def weather(city: str) -> str:
        """The weather of a city."""
        asked.append(city)
        return "sun"

    def time(zone: str) -> str:
        """The time in a zone."""
        asked.append(zone)
        return "noon"

    chat = gemini.chats.create(
        model="gemma-tunnel", config=types.GenerateContentConfig(tools=[weather, time])
    )
    assert "noon" in send(chat, "How is it?", streamed)
    assert asked == ["Bern", "CET"]
    assert "noon" in send(chat, "And now?", streamed)
    roles = [message["role"] for message in house.upstream.bodies[-1]["messages"]]
    turn = ["user", "assistant", "tool", "tool"]
    assert roles == [*turn, "assistant", *turn]
